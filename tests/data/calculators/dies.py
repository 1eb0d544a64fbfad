"""A module that ends its interpreter."""
import os
import sys

print("the library has no memory", file=sys.stderr, flush=True)
os._exit(3)
