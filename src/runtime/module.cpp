// Placeholder until the first source of runtime lands.
