// Placeholder until the first source of metrics lands.
