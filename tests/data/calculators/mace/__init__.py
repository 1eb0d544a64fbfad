"""Stands in for the package mace-torch: its interface, and a network that is small enough to be made in a test."""
