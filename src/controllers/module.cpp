// Placeholder until the first source of controllers lands.
