/* Extended XYZ: what is read, what is refused and where, and that nothing is lost between reading and writing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atoms/structure_file.h"
#include "engine/base/memory.h"
#include "helpers.h"
#include "unit/scratch.h"

static void parse(const char *text, struct gd_frames *frames)
{
    struct gd_error error = {0};
    ck_assert_ok(gd_extxyz_parse("test.xyz", text, strlen(text), frames, &error), error);
}

static char *write_all(const struct gd_frames *frames)
{
    struct gd_error error = {0};
    char *text;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    for (size_t k = 0; k < frames->count; k++)
        ck_assert_ok(gd_extxyz_write(stream, &frames->items[k], NULL, &error), error);
    fclose(stream);
    return text;
}

/* One frame, written, is `expected`, and reading that and writing it again changes nothing. */
static void becomes(const char *text, const char *expected)
{
    struct gd_frames frames;
    parse(text, &frames);
    char *once = write_all(&frames);
    gd_frames_clear(&frames);
    ck_assert_str_eq(once, expected);
    parse(once, &frames);
    char *twice = write_all(&frames);
    gd_frames_clear(&frames);
    ck_assert_str_eq(twice, once);
    free(once);
    free(twice);
}

/* Pairs of what is read and what that is written as. */
static const char *const forms[][2] = {
    /* plain XYZ: blank comment, free text, tabs, CR LF, no newline at the end, blank lines after it */
    {"1\n\nPt 1 2 3\n", "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3\nPt 1 2 3\n"},
    {"1\r\n\r\nPt\t1 \t2 3\r\n\r\n  \r\n", "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3\nPt 1 2 3\n"},
    {" 1 \nBob's \"best\"\npt 1e0 +2. .3", "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3 "
                                           "comment=\"Bob's \\\"best\\\"\"\nPt 1 2 0.29999999999999999\n"},
    {"0\n\n", "0\npbc=\"F F F\" Properties=species:S:1:pos:R:3\n"},
    /* cells: quoted and bracketed, with and without pbc */
    {"1\nLattice=\"1 0 0 0 2 0 0 0 3\"\nH 0 0 0\n",
     "1\nLattice=\"1 0 0 0 2 0 0 0 3\" pbc=\"T T T\" Properties=species:S:1:pos:R:3\nH 0 0 0\n"},
    {"1\nLattice=[[1, 0, 0], [0, 2, 0], [0, 0, 3]] pbc=[T, False, 1]\nH 0 0 0\n",
     "1\nLattice=\"1 0 0 0 2 0 0 0 3\" pbc=\"T F T\" Properties=species:S:1:pos:R:3\nH 0 0 0\n"},
    {"1\nLattice = {1 0 0 0 2 0 0 0 3} pbc = \"F F T\"\nH 0 0 0\n",
     "1\nLattice=\"1 0 0 0 2 0 0 0 3\" pbc=\"F F T\" Properties=species:S:1:pos:R:3\nH 0 0 0\n"},
    {"1\nLattice='1 0 0 0 2 0 0 0 3' pbc='T T F' a='b \"c\" d' 'my key'='x=y' it's=Bob's\nH 0 0 0\n",
     "1\nLattice=\"1 0 0 0 2 0 0 0 3\" pbc=\"T T F\" Properties=species:S:1:pos:R:3 a='b \"c\" d' 'my key'='x=y' "
     "it's=Bob's\nH 0 0 0\n"},
    {"1\na=[it's, 'b]'] b={'c': 'd}'}\nH 0 0 0\n",
     "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3 a=[it's, 'b]'] b={'c': 'd}'}\nH 0 0 0\n"},
    /* without quotes; what follows is a word of its own again */
    {"1\nLattice=1 0 0 0 2 0 0 0 3 pbc=T T F n=1\nH 0 0 0\n",
     "1\nLattice=\"1 0 0 0 2 0 0 0 3\" pbc=\"T T F\" Properties=species:S:1:pos:R:3 n=1\nH 0 0 0\n"},
    {"1\npbc = true\t FALSE t ok T\nH 0 0 0\n", "1\npbc=\"T F T\" Properties=species:S:1:pos:R:3 ok T\nH 0 0 0\n"},
    {"1\npbc=T F=3 T\nH 0 0 0\n", "1\npbc=\"T T T\" Properties=species:S:1:pos:R:3 F=3 T\nH 0 0 0\n"},
    /* keys and columns in another case; without a value, or where a word may mean anything, they are text */
    {"1\nlattice=\"1 0 0 0 2 0 0 0 3\" PBC=\"t t f\" properties=Species:S:1:POS:R:3:Forces:R:3\nH 0 0 0 1 2 3\n",
     "1\nLattice=\"1 0 0 0 2 0 0 0 3\" pbc=\"T T F\" Properties=species:S:1:pos:R:3:forces:R:3\nH 0 0 0 1 2 3\n"},
    {"1\nProperties=species:S:1:z:R:1:pos:R:3:Species:S:1\nH 5 0 0 0 no\n",
     "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3:z:R:1:Species:S:1\nH 0 0 0 5 no\n"},
    {"1\nPBC lattice Energy=low ENERGY n=1\nH 0 0 0\n",
     "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3 PBC lattice Energy=low ENERGY n=1\nH 0 0 0\n"},
    /* byte-order marks, also where files were joined */
    {"\xef\xbb\xbf"
     "1\n\xef\xbb\xbf"
     "n=1\nH 0 0 0\n",
     "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3 n=1\nH 0 0 0\n"},
    /* results that a calculator did not have */
    {"1\nenergy=nan\nH 0 0 0\n", "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3\nH 0 0 0\n"},
    {"1\nenergy=-NaN\nH 0 0 0\n", "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3\nH 0 0 0\n"},
    {"1\nenergy=None\nH 0 0 0\n", "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3\nH 0 0 0\n"},
    {"1\nenergy=-inf\nH 0 0 0\n", "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3\nH 0 0 0\n"},
    {"1\nenergy='Infinity'\nH 0 0 0\n", "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3\nH 0 0 0\n"},
    {"2\nProperties=species:S:1:pos:R:3:forces:R:3\nH 0 0 0 1 2 3\nH 0 0 1 1 ******** 3\n",
     "2\npbc=\"F F F\" Properties=species:S:1:pos:R:3\nH 0 0 0\nH 0 0 1\n"},
    {"1\nProperties=species:S:1:pos:R:3:force:R:3:Forces:R:3\nH 0 0 0 1 2 3 nan nan nan\n",
     "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3\nH 0 0 0\n"},
    {"1\npbc=T\nH 0 0 0\n", "1\npbc=\"T T T\" Properties=species:S:1:pos:R:3\nH 0 0 0\n"},
    /* columns in any order, others kept, numbers instead of symbols */
    {"2\nProperties=move_mask:L:1:pos:R:3:tags:I:2:species:S:1\nT 1 2 3 07 8 Pt\nF 4 5 6 9 1e1 AU\n",
     "2\npbc=\"F F F\" Properties=species:S:1:pos:R:3:move_mask:L:1:tags:I:2\nPt 1 2 3 T 07 8\nAu 4 5 6 F 9 1e1\n"},
    {"1\nProperties=pos:R:3:Z:I:1\n1 2 3 78\n", "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3\nPt 1 2 3\n"},
    {"1\nProperties=Z:I:1:pos:R:3:species:S:1\n6 1 2 3 C\n",
     "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3:Z:I:1\nC 1 2 3 6\n"},
    {"1\nProperties=species:S:1:pos:R:3:force:R:3 energy=-1.5\nH 0 0 0 1 2 3\n",
     "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.5\nH 0 0 0 1 2 3\n"},
    /* words of the comment line: bare, quoted with escapes, nested, keys alone, keys in quotes */
    {"1\nok config_type=\"a \\\"b\\\" c\" list=[[1, 2], [3, \"]\"]] n=5 \"my key\"=x empty=\nH 0 0 0\n",
     "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3 ok config_type=\"a \\\"b\\\" c\" list=[[1, 2], [3, \"]\"]] n=5 "
     "\"my key\"=x empty=\nH 0 0 0\n"},
    {"1\ni =        1, time =        0.000\nH 0 0 0\n",
     "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3 i=1, time=0.000\nH 0 0 0\n"},
};

START_TEST(test_forms)
{
    becomes(forms[_i][0], forms[_i][1]);
}
END_TEST

START_TEST(test_refusals)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "test.xyz: contains no structure"},
        {"\n \n", "test.xyz: contains no structure"},
        {"x\n\n", "test.xyz:1:1: the number of atoms: 'x' is not an integer"},
        {"-1\n\n", "test.xyz:1:1: a frame must begin"},
        {"1 2\n\nH 0 0 0\n", "test.xyz:1:1: a frame must begin"},
        {"1", "test.xyz:1:2: the file ends before the comment line"},
        {"999999999999999\n\nH 0 0 0\n", "too short for 999999999999999 atoms"},
        {"99999999999999999999999\n\nH 0 0 0\n", "test.xyz:1:1:"},
        {"3\n\nH 0 0 0\nH 0 0 0\n\n\n\n\n\n\n\n", "test.xyz:5:1: the line ends before column species"},
        {"2\n\nH 0 0 0\n        ", "test.xyz:4:9: the line ends before column species"},
        {"1\n\nXx 0 0 0\n", "test.xyz:3:1: 'Xx' is not the symbol"},
        {"1\n\nX 0 0 0\n", "test.xyz:3:1: 'X' is not the symbol"},
        {"1\n\nPt 0 nan 0\n", "test.xyz:3:6: pos: 'nan' is not a finite number"},
        {"1\n\nPt 0 0 inf\n", "test.xyz:3:8: pos: 'inf' is not a finite number"},
        {"1\n\nPt 0 0 1e999\n", "test.xyz:3:8: pos: '1e999'"},
        {"1\n\nPt 0 0 0x1\n", "test.xyz:3:8: pos: '0x1'"},
        {"1\n\nPt 0 0\n              ", "test.xyz:3:7: the line ends before column pos"},
        {"1\n\nPt 0 0 0 0\n", "test.xyz:3:10: the line has more than"},
        {"1\nProperties=species:S:1\nPt 0 0 0\n", "test.xyz:2:12: Properties has no column pos:R:3"},
        {"1\nProperties=pos:R:3\n0 0 0\n", "test.xyz:2:12: Properties has no column species:S:1"},
        {"1\nProperties=\nPt 0 0 0\n", "Properties is empty"},
        {"1\nProperties\n=\nPt 0 0 0\n", "test.xyz"},
        {"1\nProperties=species:S:1:pos:R:2\nPt 0 0 0\n", "test.xyz:2:24: Properties: column 'pos' is R:2"},
        {"1\nProperties=species:Q:1:pos:R:3\nPt 0 0 0\n", "test.xyz:2:20: Properties: the type of column 'species'"},
        {"1\nProperties=species:S:0:pos:R:3\nPt 0 0 0\n", "test.xyz:2:22: Properties: the width of column 'species'"},
        {"1\nProperties=species:S:9999999:pos:R:3\nPt 0 0 0\n", "test.xyz:2:22:"},
        {"1\nProperties=species:S:1:pos:R\nPt 0 0 0\n", "the width of column 'pos'"},
        {"1\nProperties=species:S:1::R:3\nPt 0 0 0\n", "a column has no name"},
        {"1\nProperties=species:S:1:pos:R:3:pos:R:3\nPt 0 0 0 0 0 0\n", "test.xyz:2:32: Properties: column 'pos' is"},
        {"1\nProperties=Z:I:1:pos:R:3\n119 0 0 0\n", "test.xyz:3:1: the atomic number 119"},
        {"1\nProperties=Z:I:1:pos:R:3\n1.5 0 0 0\n", "test.xyz:3:1: an atomic number: '1.5'"},
        {"1\nLattice=\"1 0 0 0 1 0 0 0\"\nH 0 0 0\n", "test.xyz:2:9: Lattice needs nine numbers, here are 8"},
        {"1\nLattice=\"1 0 0 0 1 0 0 0 1 1\"\nH 0 0 0\n", "test.xyz:2:28: Lattice needs nine numbers"},
        {"1\nLattice=\"1 0 0 0 NaN 0 0 0 1\"\nH 0 0 0\n", "test.xyz:2:18: Lattice: 'NaN'"},
        {"1\nLattice=\"1 0 0 0 1 0 0 0 1\nH 0 0 0\n", "test.xyz:2:9: the quote that begins here has no end"},
        {"1\na=[[1, 2]\nH 0 0 0\n", "test.xyz:2:3: the bracket that begins here has no end"},
        {"1\na=\"b\"c\nH 0 0 0\n", "test.xyz:2:6: a space is missing"},
        {"1\n =3\nH 0 0 0\n", "test.xyz:2:2: a key is missing"},
        {"1\npbc=\"T T\"\nH 0 0 0\n", "test.xyz:2:5: pbc needs three"},
        {"1\npbc=\"T T x\"\nH 0 0 0\n", "test.xyz:2:10: pbc: 'x'"},
        {"1\npbc=\"T T T T\"\nH 0 0 0\n", "test.xyz:2:12: pbc: 'T'"},
        {"1\nenergy=1 energy=2\nH 0 0 0\n", "test.xyz:2:10: energy is there twice"},
        {"1\nenergy=nano\nH 0 0 0\n", "test.xyz:2:8: energy: 'nano'"},
        {"1\nenergy=1e999\nH 0 0 0\n", "test.xyz:2:8: energy: '1e999'"},
        {"1\nProperties=species:S:1:pos:R:3:forces:R:3\nH 0 0 0 0 *0 0\n", "test.xyz:3:11: forces: '*0'"},
        {"1\nPBC=T lattice=\"1\"\nH 0 0 0\n", "test.xyz:2:15: Lattice needs nine numbers, here are 1"},
        {"1\nLattice=1 0 0 0 1 0 0 0 n=1\nH 0 0 0\n", "test.xyz:2:9: Lattice needs nine numbers, here are 8"},
        {"1\npbc=T PBC=F\nH 0 0 0\n", "test.xyz:2:7: pbc is there twice"},
        {"1\npbc=T T\nH 0 0 0\n", "test.xyz:2:5: pbc needs three"},
        {"1\npbc=T T F F\nH 0 0 0\n", "test.xyz:2:11: pbc: 'F'"},
        {"1\npbc='T T F\nH 0 0 0\n", "test.xyz:2:5: the quote that begins here has no end"},
        {"1\na='b'c\nH 0 0 0\n", "test.xyz:2:6: a space is missing"},
        {"\xef\xbb\xbfx\n\n", "test.xyz:1:1: the number of atoms: 'x'"},
        {"\xff\xfe"
         "1\n",
         "test.xyz: the text is UTF-16"},
        {"1\nenergy=\"1 2\"\nH 0 0 0\n", "test.xyz:2:11: energy needs one number"},
        {"1\nenergy x=1\nH 0 0 0\n", "test.xyz:2:1: energy has no value"},
        {"1\n\nH 0 0 0\n1\n\nH 0 0 z\n", "test.xyz:6:7: pos: 'z'"},
    };
    struct gd_error error = {0};
    struct gd_frames frames;
    ck_assert_uint_lt((size_t)_i, sizeof bad / sizeof *bad);
    ck_assert_int_eq(gd_extxyz_parse("test.xyz", bad[_i].text, strlen(bad[_i].text), &frames, &error), GD_BAD_INPUT);
    ck_assert_msg(strncmp(error.text, "test.xyz", 8) == 0 && strstr(error.text, bad[_i].message), "'%s'", error.text);
    ck_assert(frames.items == NULL && frames.count == 0 && frames.text == NULL);
}
END_TEST

START_TEST(test_nul_byte)
{
    struct gd_error error = {0};
    struct gd_frames frames;
    ck_assert_int_eq(gd_extxyz_parse("test.xyz", "1\n\nH 0 0\0 0\n", 12, &frames, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "NUL"), "%s", error.text);
}
END_TEST

/* Doubles come back to the last bit, for several frames. */
START_TEST(test_exact_doubles)
{
    struct gd_stream stream = test_stream(11);
    struct gd_text text = {0};
    double values[60];
    for (int k = 0; k < 60; k++)
        values[k] = ldexp(test_uniform(&stream, -1, 1), (int)gd_stream_below(&stream, 600) - 300);
    for (int frame = 0; frame < 3; frame++) {
        gd_text_print(&text, "3\nenergy=%.17g Properties=species:S:1:pos:R:3:forces:R:3\n", values[frame * 20 + 18]);
        for (int atom = 0; atom < 3; atom++) {
            gd_text_print(&text, "Cu");
            for (int k = 0; k < 6; k++)
                gd_text_print(&text, " %.17g", values[frame * 20 + atom * 6 + k]);
            gd_text_print(&text, "\n");
        }
    }
    char *source = gd_text_take(&text);
    struct gd_frames frames;
    parse(source, &frames);
    ck_assert_uint_eq(frames.count, 3);
    for (int frame = 0; frame < 3; frame++) {
        const struct gd_structure *structure = &frames.items[frame].structure;
        ck_assert_double_eq(structure->energy, values[frame * 20 + 18]);
        for (int atom = 0; atom < 3; atom++)
            for (int k = 0; k < 6; k++)
                ck_assert_double_eq(k < 3 ? structure->positions[atom][k] : structure->forces[atom][k - 3],
                                    values[frame * 20 + atom * 6 + k]);
    }
    char *again = write_all(&frames);
    gd_frames_clear(&frames);
    parse(again, &frames);
    char *third = write_all(&frames);
    ck_assert_str_eq(again, third);
    gd_frames_clear(&frames);
    free(source);
    free(again);
    free(third);
}
END_TEST

/* A column of scores takes the place of one that was there; unknown energies and forces are not written. */
START_TEST(test_score_and_unknowns)
{
    struct gd_error error = {0};
    struct gd_frames frames;
    char *text;
    size_t length;
    double score[1][3] = {{0.5, -1, 2}};
    parse("1\nProperties=species:S:1:pos:R:3:score:R:3:forces:R:3 energy=1\nH 0 0 0 9 9 9 1 2 3\n", &frames);
    frames.items[0].structure.energy = NAN;
    frames.items[0].structure.forces[0][1] = NAN;
    FILE *stream = open_memstream(&text, &length);
    ck_assert_ok(gd_extxyz_write(stream, &frames.items[0], (const double(*)[3])score, &error), error);
    fclose(stream);
    ck_assert_str_eq(text, "1\npbc=\"F F F\" Properties=species:S:1:pos:R:3:score:R:3\nH 0 0 0 0.5 -1 2\n");
    free(text);
    gd_frames_clear(&frames);
}
END_TEST

START_TEST(test_write_set)
{
    struct gd_error error = {0};
    char path[] = "/tmp/godiff-extxyz-XXXXXX";
    close(mkstemp(path));
    struct gd_structure like;
    struct gd_set set;
    struct gd_frames frames;
    ck_assert_ok(gd_structure_alloc(&like, 2, false, &error), error);
    like.species[0] = 78;
    like.species[1] = 79;
    like.cell = (struct gd_cell){{{4, 0, 0}, {0, 5, 0}, {0, 0, 0}}, {true, true, false}};
    ck_assert_ok(gd_set_init(&set, &like, 1, &error), error);
    for (int k = 0; k < 2; k++)
        ck_assert_ok(gd_set_push(&set, (const double[]){0, 0, 0, k, 0.1, 2}, &error), error);
    set.energies[1] = -2.25;
    set.serials[1] = 17;
    set.path_weights[1] = -0.375;
    memset(set.forces + 6, 0, 6 * sizeof *set.forces);
    ck_assert_ok(gd_extxyz_write_set(path, &set, &error), error);
    ck_assert_ok(gd_extxyz_read(path, &frames, &error), error);
    unlink(path);
    ck_assert_uint_eq(frames.count, 2);
    ck_assert(isnan(frames.items[0].structure.energy) && frames.items[0].structure.forces == NULL);
    ck_assert_ptr_null(test_info(&frames.items[0], "evaluation"));
    ck_assert_ptr_null(test_info(&frames.items[0], "log_path_weight"));
    const struct gd_frame *second = &frames.items[1];
    ck_assert_str_eq(test_info(second, "evaluation"), "17");
    ck_assert_str_eq(test_info(second, "log_path_weight"), "-0.375");
    ck_assert_double_eq(second->structure.energy, -2.25);
    ck_assert_double_eq(second->structure.positions[1][0], 1);
    ck_assert_ptr_nonnull(second->structure.forces);
    ck_assert_uint_eq(second->column_count, 1);
    ck_assert_str_eq(second->columns[0].name, "move_mask");
    ck_assert_str_eq(second->columns[0].cells[0], "F");
    ck_assert_str_eq(second->columns[0].cells[1], "T");
    ck_assert_mem_eq(second->structure.cell.periodic, like.cell.periodic, sizeof like.cell.periodic);
    gd_frames_clear(&frames);
    ck_assert_int_eq(gd_extxyz_write_set("/no/such/folder/file", &set, &error), GD_FAILED);
    gd_set_clear(&set);
    gd_structure_clear(&like);
}
END_TEST

/* Atoms that stay where they were between others that move: each structure reads back as it is. */
START_TEST(test_write_set_that_moves)
{
    enum { ATOMS = 3, COUNT = 5 };
    static const double moves[COUNT] = {0.1, 0.1, -0.0, 0.0, 0.1};
    struct gd_error error = {0};
    struct gd_structure like;
    struct gd_set set;
    struct gd_frames frames;
    char path[] = "/tmp/godiff-extxyz-XXXXXX";
    close(mkstemp(path));
    ck_assert_ok(gd_structure_alloc(&like, ATOMS, false, &error), error);
    for (int i = 0; i < ATOMS; i++)
        like.species[i] = 78 + i;
    ck_assert_ok(gd_set_init(&set, &like, 1, &error), error);
    for (int k = 0; k < COUNT; k++) {
        ck_assert_ok(gd_set_push(&set, (const double[]){1, 2, 3, moves[k], 5, 6, k, 8, 9}, &error), error);
        for (int n = 0; n < 3 * ATOMS; n++)
            set.forces[3 * ATOMS * k + n] = n == 4 ? k / 2 : n;
    }
    ck_assert_ok(gd_extxyz_write_set(path, &set, &error), error);
    ck_assert_ok(gd_extxyz_read(path, &frames, &error), error);
    unlink(path);
    ck_assert_uint_eq(frames.count, COUNT);
    for (size_t k = 0; k < COUNT; k++) {
        const size_t size = 3 * ATOMS * sizeof(double);
        ck_assert_mem_eq(frames.items[k].structure.positions, set.positions + 3 * ATOMS * k, size);
        ck_assert_mem_eq(frames.items[k].structure.forces, set.forces + 3 * ATOMS * k, size);
    }
    gd_frames_clear(&frames);
    gd_set_clear(&set);
    gd_structure_clear(&like);
}
END_TEST

START_TEST(test_full_disk)
{
    struct gd_error error = {0};
    struct gd_frames frames;
    parse("1\n\nH 0 0 0\n", &frames);
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    setvbuf(full, NULL, _IONBF, 0);
    ck_assert_int_eq(gd_extxyz_write(full, &frames.items[0], NULL, &error), GD_FAILED);
    ck_assert_msg(strstr(error.text, "No space"), "%s", error.text);
    fclose(full);
    gd_frames_clear(&frames);
}
END_TEST

START_TEST(test_missing_file)
{
    struct gd_error error = {0};
    struct gd_frames frames;
    ck_assert_int_eq(gd_extxyz_read("/no/such/file.xyz", &frames, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "/no/such/file.xyz"), "%s", error.text);
}
END_TEST

static enum gd_status read_poscar(const char *text, struct gd_structure *structure, struct gd_error *error)
{
    struct gd_frame frame;
    enum gd_status status = gd_poscar_parse("POSCAR", text, strlen(text), &frame, error);
    *structure = frame.structure;
    frame.structure = (struct gd_structure){0};
    gd_frame_clear(&frame);
    return status;
}

/* Selective dynamics: the column that they become, and the atoms that may move. */
static const struct {
    const char *positions[3];
    int width;
    const char *cells, *movable; /* NULL: along some directions only */
} selective[] = {
    {{"F F F", "T T T", "F F F ! T"}, 1, "FTF", "FTF"},
    {{".FALSE. .false. f", ".TRUE. t T", "F F F"}, 1, "FTF", "FTF"},
    {{"T T F", "F F F", "T T T"}, 3, "TTFFFFTTT", NULL},
    {{"F F F", "", "! F"}, 1, "FTT", "FTT"},
    {{"F F F fcc", "fcc", "T"}, 1, "FTT", "FTT"},
};

START_TEST(test_selective_dynamics)
{
    char text[256];
    bool movable[3];
    size_t fixed = 0;
    struct gd_error error = {0};
    struct gd_frame frame;
    snprintf(text, sizeof text,
             "t\n1\n4 0 0\n0 5 0\n0 0 6\nPt\n3\nSelective dynamics\nDirect\n0 0 0 %s\n.5 0 0 %s\n0 .5 0 %s\n",
             selective[_i].positions[0], selective[_i].positions[1], selective[_i].positions[2]);
    ck_assert_ok(gd_poscar_parse("POSCAR", text, strlen(text), &frame, &error), error);
    ck_assert_uint_eq(frame.column_count, 1);
    ck_assert_str_eq(frame.columns->name, "move_mask");
    ck_assert_int_eq(frame.columns->type, 'L');
    ck_assert_int_eq(frame.columns->width, selective[_i].width);
    for (int k = 0; k < 3 * selective[_i].width; k++)
        ck_assert_int_eq(*frame.columns->cells[k], selective[_i].cells[k]);
    enum gd_status status = gd_frame_movable(&frame, movable, &fixed, &error);
    ck_assert_int_eq(status, selective[_i].movable ? GD_OK : GD_BAD_INPUT);
    for (int atom = 0; atom < 3 && !status; atom++) {
        ck_assert_int_eq(movable[atom], selective[_i].movable[atom] == 'T');
        fixed -= !movable[atom];
    }
    ck_assert_uint_eq(fixed, 0);
    gd_frame_clear(&frame);
}
END_TEST

/* Frames without constraints, and with those of extended XYZ. */
START_TEST(test_movable)
{
    static const char text[] = "2\nProperties=species:S:1:pos:R:3\nPt 0 0 0\nPt 0 0 3\n"
                               "2\nProperties=species:S:1:pos:R:3:move_mask:L:1\nPt 0 0 0 F\nPt 0 0 3 T\n"
                               "2\nProperties=species:S:1:pos:R:3:move_mask:L:3\nPt 0 0 0 T T T\nPt 0 0 3 0 0 0\n"
                               "2\nProperties=species:S:1:pos:R:3:move_mask:L:3\nPt 0 0 0 T T F\nPt 0 0 3 F F F\n";
    static const char *const expected[] = {"TT", "FT", "TF", NULL};
    struct gd_error error = {0};
    struct gd_frames frames;
    ck_assert_ok(gd_extxyz_parse("x", text, strlen(text), &frames, &error), error);
    for (int k = 0; k < 4; k++) {
        bool movable[2];
        enum gd_status status = gd_frame_movable(&frames.items[k], movable, NULL, &error);
        ck_assert_int_eq(status, expected[k] ? GD_OK : GD_BAD_INPUT);
        for (int atom = 0; atom < 2 && !status; atom++)
            ck_assert_int_eq(movable[atom], expected[k][atom] == 'T');
    }
    ck_assert_str_eq(error.text, "move_mask (selective dynamics): atom 1 may move along some directions only, which is "
                                 "not supported: let it move along all, T T T, or fix it, F F F");
    gd_frames_clear(&frames);
}
END_TEST

START_TEST(test_poscar)
{
    static const char *const texts[] = {
        "title\n1.0\n4 0 0\n0 5 0\n1 0 6\nPt Au_pv\n1 2\nDirect\n0 0 0\n0.5 0.5 0\n0.25 0 0.5\n",
        "t\r\n2\r\n2 0 0\r\n0 2.5 0\r\n.5 0 3\r\nPt Au/x\r\n1 2\r\nS\r\nc\r\n0 0 0 T\r\n1 1.25 0\r\n.75 0 1.5\r\n\r\n",
        "title\n-120\n2 0 0\n0 2.5 0\n0.5 0 3\nPt Au\n1 2\nD\n0 0 0\n0.5 0.5 0\n0.25 0 0.5",
        "title\n4 5 6\n1 0 0\n0 1 0\n0.25 0 1\nPt Au Cu\n1 2 0\nKartesisch\n0 0 0\n0.5 0.5 0\n0.375 0 0.5\n",
        /* remarks, with a sign before them and without, glued to it and not; spelling, byte-order mark, tabs */
        ("\xef\xbb\xbf! t\n1.0 ! scale 2 3\n4 0 0 a\n0\t5\t0 ! b\n1 0 6 #c\nPt Au !Cu\n1 2 ! 3 atoms\nsel !\n "
         "fractional\n"
         "0 0 0 F F F ! x\n0.5 0.5 0\n0.25 0 0.5 Au\n"),
        ("t\n1.0 Angstrom 2\n4 0 0\n0 5 0\n1 0 6\npt AU slab in water\n1\t2 atoms 3\nDirect configuration=     1\n"
         "0 0 0\n0.5 0.5 0\n0.25 0 0.5\n\n0 0 0\n"),
        "t\n4 5 6 #\n1 0 0\n0 1 0\n0.25 0 1\nPt Au\n1 2#3\nreduced\n0 0 0\n0.5 0.5 0\n0.25 0 0.5\n",
    };
    static const double expected[3][3] = {{0, 0, 0}, {2, 2.5, 0}, {1.5, 0, 3}};
    struct gd_error error = {0};
    struct gd_structure structure;
    ck_assert_ok(read_poscar(texts[_i], &structure, &error), error);
    ck_assert_uint_eq(structure.count, 3);
    ck_assert(structure.species[0] == 78 && structure.species[1] == 79 && structure.species[2] == 79);
    ck_assert(structure.cell.periodic[0] && structure.cell.periodic[1] && structure.cell.periodic[2]);
    ck_assert_double_eq_tol(structure.cell.vectors[2][0], 1, 1e-14);
    ck_assert_double_eq_tol(structure.cell.vectors[2][2], 6, 1e-14);
    for (int k = 0; k < 9; k++)
        ck_assert_double_eq_tol(structure.positions[k / 3][k % 3], expected[k / 3][k % 3], 1e-14);
    gd_structure_clear(&structure);
}
END_TEST

START_TEST(test_bad_poscar)
{
#define CELL "t\n1\n1 0 0\n0 1 0\n0 0 1\n"
    static const char *const bad[][2] = {
        {"", ": the file is empty"},
        {"t\n", ":1:1: the file ends before the scale"},
        {"t\n0\n", ":2:1: the scale must be"},
        {"t\n1 2\n", ":2:1: the scale must be"},
        {"t\n-1 -1 -1\n", ":2:1: the scale must be"},
        {"t\n1\n1 0\n", ":3:4: the line ends before a lattice vector"},
        {"t\n-1\n1 0 0\n1 0 0\n0 0 1\n", ":5:1: the scaled cell is not finite"},
        {CELL "7\nDirect\n", ":6:1: no line of symbols (VASP 4 format is not supported)"},
        {CELL " 1 2 ! Pt Au\nDirect\n", ":6:1: no line of symbols (VASP 4 format is not supported)"},
        {CELL "Pt Xx\n1 2\nDirect\n0 0 0\n", ":6:4: 'Xx' is not the symbol of an element"},
        {CELL "Xx\n1\nDirect\n0 0 0\n", ":6:1: 'Xx' is not the symbol of an element"},
        {CELL "\n1\nDirect\n0 0 0\n", ":7:1: more numbers of atoms than symbols"},
        {CELL "Pt ! Au\n1 2\nDirect\n0 0 0\n", ":7:3: more numbers of atoms than symbols"},
        {CELL "Pt Au\n1 ! 2\nDirect\n0 0 0\n", ":7:3: the line ends before a number of atoms"},
        {CELL "Pt\n1.5\nDirect\n0 0 0\n", ":7:1: a number of atoms: '1.5'"},
        {"t\n! 1\n1 0 0\n", ":2:1: the line ends before the scale"},
        {"t\nscale 1\n1 0 0\n", ":2:1: the scale: 'scale'"},
        {CELL "Pt\n1\n0 0 0\n0 0 0\n", ":8:1: expected 'Direct' or 'Cartesian'"},
        {CELL "Pt\nx\n", ":7:1: a number of atoms"},
        {CELL "Pt Au\n1\nDirect\n0 0 0\n", ":7:2: the line ends before a number"},
        {CELL "Pt\n1 2\nDirect\n0 0 0\n", ":7:3: more numbers"},
        {CELL "Pt\n1000000000000\nDirect\n", ":7:1: the file is too short"},
        {CELL "Pt\n1\n\n0 0 0\n", ":8:1: expected 'Direct'"},
        {CELL "Pt\n2\nDirect\n0 0 0\n", ":9:6: the file ends before a position"},
        {CELL "Pt\n9\nDirect\n0 0 0\n", ":7:1: the file is too short"},
        {CELL "Pt\n2\nDirect\n0 0 0\n           \n", ":10:12: the line ends before a position"},
        {CELL "Pt\n1\nDirect\n0 0 nan\n", ":9:5: a position: 'nan'"},
        {"t\n1e300\n1 0 0\n0 1 0\n0 0 1\nPt\n1\nC\n1e300 0 0\n", ":9:1: the position in the cell is not finite"},
    };
    struct gd_error error = {0};
    struct gd_structure structure;
    ck_assert_int_eq(read_poscar(bad[_i][0], &structure, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, bad[_i][1]), "%s", error.text);
    ck_assert_ptr_null(structure.positions);
}
END_TEST

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

/* What is plainly one of both is read as that, whatever it is called; what looks like both is a POSCAR, unless its
 * name ends as that of extended XYZ. */
START_TEST(test_formats_by_name)
{
    static const struct {
        const char *name;
        bool poscar;
    } names[] = {{"POSCAR", true},        {"CONTCAR", true},     {"slab.vasp", true},   {"slab.VASP", true},
                 {"POSCAR_slab", true},   {"slab.POSCAR", true}, {"slab.poscar", true}, {"POSCAR-001", true},
                 {"CONTCAR.relax", true}, {"my_contcar", true},  {"POSCAR.xyz", false}, {"POSCAR.1.extxyz", false},
                 {"slab.XYZ", false},     {"slab", false},       {"vasp", false},       {"POS", false}};
    static const char both[] = "1\n1\n4 0 0\n0 5 0\n0 0 6\nPt\n1\nD\n0 0 0\n";
    static const char *const plain[] = {"slab\n1\n4 0 0\n0 5 0\n0 0 6\nPt\n1\nD\n0 0 0\n", "1\n\nPt 0 0 0\n"};
    struct scratch scratch = scratch_make();
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        for (int content = 0; content < 3; content++) {
            char path[512];
            struct gd_error error = {0};
            struct gd_frames frames;
            scratch_name(&scratch, names[k].name, path);
            write_text(path, content < 2 ? plain[content] : both);
            enum gd_status status = gd_frames_read(path, &frames, &error);
            const bool right = content < 2 || names[k].poscar || !strcasestr(names[k].name, "xyz");
            ck_assert_msg(status == (right ? GD_OK : GD_BAD_INPUT), "%s: '%s'", names[k].name, error.text);
            ck_assert_uint_eq(frames.count, right ? 1 : 0);
            gd_frames_clear(&frames);
        }
    scratch_remove(&scratch);
}
END_TEST

START_TEST(test_one_of_several_frames)
{
    static const struct {
        const char *name;
        int64_t frame;
        int x; /* of the atom; -1: there is none */
    } asked[8] = {{"a", -1, 2}, {"a", 0, 0},  {"a", 1, 1},   {"a", 2, 2},
                  {"a", -3, 0}, {"a", 3, -1}, {"a", -4, -1}, {"a.vasp", 1, -1}};
    struct scratch scratch = scratch_make();
    struct gd_error error = {0};
    struct gd_structure structure;
    size_t there = 0;
    char path[512];
    scratch_name(&scratch, asked[_i].name, path);
    write_text(path, _i == 7 ? "t\n1\n4 0 0\n0 5 0\n0 0 6\nPt\n1\nD\n0 0 0\n"
                             : "1\n\nPt 0 0 0\n1\n\nPt 1 0 0\n1\n\nPt 2 0 0\n");
    enum gd_status status = gd_structure_read(path, asked[_i].frame, &structure, &there, &error);
    if (asked[_i].x < 0) {
        ck_assert_int_eq(status, GD_BAD_INPUT);
        ck_assert_str_eq(error.key, "frame");
        ck_assert_msg(strstr(error.text, _i == 7 ? "no frame 1 " : "it has 3, 0 to 2") || _i == 7, "'%s'", error.text);
    } else {
        ck_assert_msg(!status, "%s", error.text);
        ck_assert_uint_eq(there, 3);
        ck_assert_double_eq(structure.positions[0][0], asked[_i].x);
    }
    gd_structure_clear(&structure);
    scratch_remove(&scratch);
}
END_TEST

Suite *suite_extxyz(void)
{
    Suite *suite = suite_create("extxyz");
    TCase *tests = tcase_create("extxyz");
    tcase_add_loop_test(tests, test_forms, 0, sizeof forms / sizeof *forms);
    tcase_add_loop_test(tests, test_refusals, 0, 57);
    tcase_add_test(tests, test_nul_byte);
    tcase_add_test(tests, test_exact_doubles);
    tcase_add_test(tests, test_score_and_unknowns);
    tcase_add_test(tests, test_write_set);
    tcase_add_test(tests, test_write_set_that_moves);
    tcase_add_test(tests, test_full_disk);
    tcase_add_test(tests, test_missing_file);
    tcase_add_loop_test(tests, test_poscar, 0, 7);
    tcase_add_loop_test(tests, test_selective_dynamics, 0, sizeof selective / sizeof *selective);
    tcase_add_test(tests, test_movable);
    tcase_add_loop_test(tests, test_bad_poscar, 0, 28);
    tcase_add_test(tests, test_formats_by_name);
    tcase_add_loop_test(tests, test_one_of_several_frames, 0, 8);
    suite_add_tcase(suite, tests);
    return suite;
}
