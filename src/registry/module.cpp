// Placeholder until the first source of registry lands.
