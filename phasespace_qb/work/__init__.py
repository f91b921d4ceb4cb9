"""What a state is worth: ergotropy and its parts, charging power."""
