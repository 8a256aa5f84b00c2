"""What is not shared makes no difference: worlds that differ only in it look the same, byte for byte."""
