// Placeholder until the first source of codec lands.
