// Placeholder until the first source of node lands.
