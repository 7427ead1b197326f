"""What a person needs to know at a set time, from what one pass knows. Pure."""
