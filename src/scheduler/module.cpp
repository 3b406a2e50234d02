// Placeholder until the first source of scheduler lands.
