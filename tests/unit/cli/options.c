/* The parser of command lines. */
#include "cli/options.h"

#include <check.h>
#include <string.h>

Suite *suite_options(void);

static const char *const colours[] = {"red", "green", NULL};

struct values {
    const char *file, *other, *name;
    struct gd_list set;
    int64_t count;
    double part;
    int colour;
    bool loud;
};

static const struct gd_option rows[] = {
    {.name = "FILE", .kind = GD_OPTION_TEXT, .offset = offsetof(struct values, file), .required = true, .help = "h"},
    {.name = "OTHER", .kind = GD_OPTION_TEXT, .offset = offsetof(struct values, other), .help = "h"},
    {.name = "--name", .value = "N", .kind = GD_OPTION_TEXT, .offset = offsetof(struct values, name), .help = "h"},
    {.name = "--set", .value = "S", .kind = GD_OPTION_LIST, .offset = offsetof(struct values, set), .help = "h"},
    {.name = "--count",
     .value = "N",
     .kind = GD_OPTION_INT,
     .offset = offsetof(struct values, count),
     .min = 1,
     .max = 9,
     .help = "h"},
    {.name = "--part",
     .value = "X",
     .kind = GD_OPTION_FLOAT,
     .offset = offsetof(struct values, part),
     .max = 1,
     .above_min = true,
     .help = "h"},
    {.name = "--colour",
     .value = "red|green",
     .kind = GD_OPTION_CHOICE,
     .offset = offsetof(struct values, colour),
     .choices = colours,
     .help = "h"},
    {.name = "--loud", .kind = GD_OPTION_FLAG, .offset = offsetof(struct values, loud), .help = "h"},
    {0},
};

static const struct gd_command command = {.name = "paint", .options = rows, .size = sizeof(struct values)};

/* Parses words separated by blanks. The words live as long as the values. */
static enum gd_status parse(const char *text, struct values *values, bool *help, struct gd_error *error)
{
    static char words[256];
    char *arguments[32];
    int count = 0;
    *values = (struct values){0};
    snprintf(words, sizeof words, "%s", text);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        arguments[count++] = word;
    return gd_options_parse(&command, count, arguments, values, help, error);
}

START_TEST(all_kinds)
{
    struct values values;
    bool help;
    enum gd_status status =
        parse("a --name=x=y --set p=1 --count 9 b --set q=2 --part 0.5 --colour green --loud", &values, &help, NULL);
    ck_assert_int_eq(status, GD_OK);
    ck_assert(!help);
    ck_assert_str_eq(values.file, "a");
    ck_assert_str_eq(values.other, "b");
    ck_assert_str_eq(values.name, "x=y");
    ck_assert_uint_eq(values.set.count, 2);
    ck_assert_str_eq(values.set.items[0], "p=1");
    ck_assert_str_eq(values.set.items[1], "q=2");
    ck_assert_int_eq(values.count, 9);
    ck_assert_double_eq(values.part, 0.5);
    ck_assert_int_eq(values.colour, 1);
    ck_assert(values.loud);
    gd_options_clear(&command, &values);
}
END_TEST

START_TEST(after_two_dashes_all_are_positions)
{
    struct values values;
    bool help;
    ck_assert_int_eq(parse("-- --loud --help", &values, &help, NULL), GD_OK);
    ck_assert(!help && !values.loud);
    ck_assert_str_eq(values.file, "--loud");
    ck_assert_str_eq(values.other, "--help");
    gd_options_clear(&command, &values);
}
END_TEST

START_TEST(help_needs_nothing_else)
{
    struct values values;
    bool help;
    ck_assert_int_eq(parse("--help", &values, &help, NULL), GD_OK);
    ck_assert(help);
    gd_options_clear(&command, &values);
}
END_TEST

static const struct {
    const char *arguments, *message;
} wrong[] = {
    {"", "FILE is missing"},
    {"a b c", "unexpected argument 'c'"},
    {"a --nam x", "unknown option --nam, did you mean --name?"},
    {"a --zzzzzzzz", "unknown option --zzzzzzzz;"},
    {"a --name", "--name needs a value"},
    {"a --name=", "--name is empty"},
    {"a --loud=1", "--loud takes no value"},
    {"a --loud --loud", "--loud is given twice"},
    {"a --count 0", "an integer from 1 to 9, got '0'"},
    {"a --count 10", "got '10'"},
    {"a --count 2.5", "got '2.5'"},
    {"a --count 99999999999999999999", "got '99999999999999999999'"},
    {"a --part 0", "a number in (0, 1], got '0'"},
    {"a --part nan", "got 'nan'"},
    {"a --part 1x", "got '1x'"},
    {"a --colour blue", "expected red|green, got 'blue'"},
};

START_TEST(wrong_arguments)
{
    struct values values;
    struct gd_error error = {0};
    bool help;
    ck_assert_int_eq(parse(wrong[_i].arguments, &values, &help, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, wrong[_i].message), "'%s' does not say '%s'", error.text, wrong[_i].message);
    gd_options_clear(&command, &values);
}
END_TEST

Suite *suite_options(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    tcase_add_test(tests, all_kinds);
    tcase_add_test(tests, after_two_dashes_all_are_positions);
    tcase_add_test(tests, help_needs_nothing_else);
    tcase_add_loop_test(tests, wrong_arguments, 0, sizeof wrong / sizeof *wrong);
    suite_add_tcase(suite, tests);
    return suite;
}
