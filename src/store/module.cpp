// Placeholder until the first source of store lands.
