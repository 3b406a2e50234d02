// Placeholder until the first source of actor lands.
