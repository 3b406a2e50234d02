// Placeholder until the first source of services lands.
