"""What the tests of the whole house are built from: everybody, every address, every answer."""
