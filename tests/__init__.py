"""The tests of Vigil, in the shape of its tree."""
