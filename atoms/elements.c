#include "atoms/elements.h"

#include <math.h>
#include <string.h>

/* By atomic number. Radii: Cordero et al. (C sp3; Mn, Fe, Co low spin). Lattice constants of the elements that
 * crystallise as fcc: Kittel, Introduction to Solid State Physics. 0: none tabulated. */
static const struct {
    char symbol[3];
    double radius, fcc;
} elements[GD_ELEMENTS + 1] = {
    {"X", 0, 0},        {"H", 0.31, 0},     {"He", 0.28, 0},    {"Li", 1.28, 0},    {"Be", 0.96, 0},
    {"B", 0.84, 0},     {"C", 0.76, 0},     {"N", 0.71, 0},     {"O", 0.66, 0},     {"F", 0.57, 0},
    {"Ne", 0.58, 4.43}, {"Na", 1.66, 0},    {"Mg", 1.41, 0},    {"Al", 1.21, 4.05}, {"Si", 1.11, 0},
    {"P", 1.07, 0},     {"S", 1.05, 0},     {"Cl", 1.02, 0},    {"Ar", 1.06, 5.26}, {"K", 2.03, 0},
    {"Ca", 1.76, 5.58}, {"Sc", 1.70, 0},    {"Ti", 1.60, 0},    {"V", 1.53, 0},     {"Cr", 1.39, 0},
    {"Mn", 1.39, 0},    {"Fe", 1.32, 0},    {"Co", 1.26, 0},    {"Ni", 1.24, 3.52}, {"Cu", 1.32, 3.61},
    {"Zn", 1.22, 0},    {"Ga", 1.22, 0},    {"Ge", 1.20, 0},    {"As", 1.19, 0},    {"Se", 1.20, 0},
    {"Br", 1.20, 0},    {"Kr", 1.16, 5.72}, {"Rb", 2.20, 0},    {"Sr", 1.95, 6.08}, {"Y", 1.90, 0},
    {"Zr", 1.75, 0},    {"Nb", 1.64, 0},    {"Mo", 1.54, 0},    {"Tc", 1.47, 0},    {"Ru", 1.46, 0},
    {"Rh", 1.42, 3.8},  {"Pd", 1.39, 3.89}, {"Ag", 1.45, 4.09}, {"Cd", 1.44, 0},    {"In", 1.42, 0},
    {"Sn", 1.39, 0},    {"Sb", 1.39, 0},    {"Te", 1.38, 0},    {"I", 1.39, 0},     {"Xe", 1.40, 6.2},
    {"Cs", 2.44, 0},    {"Ba", 2.15, 0},    {"La", 2.07, 0},    {"Ce", 2.04, 5.16}, {"Pr", 2.03, 0},
    {"Nd", 2.01, 0},    {"Pm", 1.99, 0},    {"Sm", 1.98, 0},    {"Eu", 1.98, 0},    {"Gd", 1.96, 0},
    {"Tb", 1.94, 0},    {"Dy", 1.92, 0},    {"Ho", 1.92, 0},    {"Er", 1.89, 0},    {"Tm", 1.90, 0},
    {"Yb", 1.87, 5.49}, {"Lu", 1.87, 0},    {"Hf", 1.75, 0},    {"Ta", 1.70, 0},    {"W", 1.62, 0},
    {"Re", 1.51, 0},    {"Os", 1.44, 0},    {"Ir", 1.41, 3.84}, {"Pt", 1.36, 3.92}, {"Au", 1.36, 4.08},
    {"Hg", 1.32, 0},    {"Tl", 1.45, 0},    {"Pb", 1.46, 4.95}, {"Bi", 1.48, 0},    {"Po", 1.40, 0},
    {"At", 1.50, 0},    {"Rn", 1.50, 0},    {"Fr", 2.60, 0},    {"Ra", 2.21, 0},    {"Ac", 2.15, 5.31},
    {"Th", 2.06, 5.08}, {"Pa", 2.00, 0},    {"U", 1.96, 0},     {"Np", 1.90, 0},    {"Pu", 1.87, 0},
    {"Am", 1.80, 0},    {"Cm", 1.69, 0},    {"Bk", 0, 0},       {"Cf", 0, 0},       {"Es", 0, 0},
    {"Fm", 0, 0},       {"Md", 0, 0},       {"No", 0, 0},       {"Lr", 0, 0},       {"Rf", 0, 0},
    {"Db", 0, 0},       {"Sg", 0, 0},       {"Bh", 0, 0},       {"Hs", 0, 0},       {"Mt", 0, 0},
    {"Ds", 0, 0},       {"Rg", 0, 0},       {"Cn", 0, 0},       {"Nh", 0, 0},       {"Fl", 0, 0},
    {"Mc", 0, 0},       {"Lv", 0, 0},       {"Ts", 0, 0},       {"Og", 0, 0},
};

int gd_element_number(const char *symbol)
{
    for (int number = 1; number <= GD_ELEMENTS; number++)
        if (strcmp(symbol, elements[number].symbol) == 0)
            return number;
    return 0;
}

static int known(int number)
{
    return number >= 1 && number <= GD_ELEMENTS ? number : 0;
}

const char *gd_element_symbol(int number)
{
    return elements[known(number)].symbol;
}

double gd_element_radius(int number)
{
    double radius = elements[known(number)].radius;
    return radius > 0 ? radius : NAN;
}

double gd_element_fcc_constant(int number)
{
    double fcc = elements[known(number)].fcc;
    return fcc > 0 ? fcc : NAN;
}
