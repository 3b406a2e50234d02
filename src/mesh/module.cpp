// Placeholder until the first source of mesh lands.
