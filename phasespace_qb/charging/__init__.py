"""How to charge a battery: when to switch its drive off, what its energy comes from, and cycles into a load."""
