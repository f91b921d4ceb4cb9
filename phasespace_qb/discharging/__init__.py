"""From a charged battery to a load: the state at disconnection, its discharge, and whole cycles."""
