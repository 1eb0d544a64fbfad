/* The elements: symbols, and covalent radii of Cordero et al., Dalton Trans. 2008, 2832. */
#ifndef GD_ATOMS_ELEMENTS_H
#define GD_ATOMS_ELEMENTS_H

#define GD_ELEMENTS 118

/* Atomic number of a symbol ("Pt" -> 78), 0 when there is none. */
int gd_element_number(const char *symbol);
const char *gd_element_symbol(int number);  /* "X" for 0 and out of range */
double gd_element_radius(int number);       /* covalent radius, Å; NaN where none is tabulated */
double gd_element_fcc_constant(int number); /* fcc lattice constant, Å (Kittel); NaN when not fcc */

#endif
