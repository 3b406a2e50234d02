// Placeholder until the first source of api lands.
