/* Text as it leaves the program: lengths, characters, numbers, JSON. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "unit/engine/failing.h"
#include "unit/suites.h"

static char long_path[5000];

static void make_path(void)
{
    memset(long_path, 'd', sizeof long_path - 1);
}

START_TEST(a_long_path_never_cuts_off_the_reason)
{
    struct gd_error error = {0};
    ck_assert_int_eq(gd_fail(&error, GD_FAILED, "cannot read %s: %s", long_path, "no such file"), GD_FAILED);
    ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
    ck_assert(!strncmp(error.text, "cannot read ddd", 15) && strstr(error.text, "d ... d"));
    ck_assert_str_eq(error.text + strlen(error.text) - 15, "d: no such file");
    char place[64];
    gd_format_place((struct gd_place){long_path, 12, 34}, place, sizeof place);
    ck_assert_str_eq(place + strlen(place) - 7, "d:12:34");
}
END_TEST

/* At every size: within it, UTF-8, and as long as it can be but for the characters that would not be whole. */
START_TEST(text_is_cut_between_characters)
{
    struct gd_text text = {0};
    char buffer[200];
    for (int k = 0; k < 60; k++)
        gd_text_add(&text, "é€𝄞", 9);
    char *all = gd_text_take(&text);
    for (size_t size = 32; size < sizeof buffer; size++) {
        ck_assert_ptr_eq(gd_print(buffer, size, "%s", all), buffer);
        ck_assert_uint_lt(strlen(buffer), size);
        ck_assert_uint_ge(strlen(buffer), size - 9);
        ck_assert_msg(gd_utf8_valid(buffer), "%s", buffer);
    }
    ck_assert_str_eq(gd_print(buffer, sizeof buffer, "%.27s", all), "é€𝄞é€𝄞é€𝄞");
    free(all);
}
END_TEST

static const struct {
    const char *text;
    size_t size;
} characters[] = {
    {"a", 1},
    {"\x7F", 1},
    {"é", 2},
    {"\xC1\xBF", 0},
    {"€", 3},
    {"\xE0\x9F\xBF", 0},
    {"\xED\x9F\xBF", 3},
    {"\xED\xA0\x80", 0},
    {"\xEF\xBF\xBF", 3},
    {"𝄞", 4},
    {"\xF0\x8F\xBF\xBF", 0},
    {"\xF4\x8F\xBF\xBF", 4},
    {"\xF4\x90\x80\x80", 0},
    {"\xF5\x80\x80\x80", 0},
    {"\x80", 0},
    {"\xC3", 0},
    {"\xE2\x82", 0},
    {"\xF0\x9D\x84", 0},
    {"\xE2(\x82", 0},
    {"\xFF", 0},
};

START_TEST(characters_are_those_of_utf8)
{
    ck_assert_uint_eq(gd_utf8_size(characters[_i].text), characters[_i].size);
    ck_assert_int_eq(gd_utf8_valid(characters[_i].text), characters[_i].size > 0);
}
END_TEST

static const struct {
    const char *text, *shown;
    size_t used;
} shown[] = {
    {"a", "a", 1},
    {"é", "é", 2},
    {"\\", "\\", 1},
    {"\x1B[31m", "\\x1B", 1},
    {"\n", "\\n", 1},
    {"\t", "\\t", 1},
    {"\r", "\\r", 1},
    {"\v", "\\x0B", 1},
    {"\x7F", "\\x7F", 1},
    {"\x9B", "\\x9B", 1},
    {"\xC2\x9B", "\\u009B", 2},
    {"\xC2\x85", "\\u0085", 2},
    {"\xC2\xA0", "\xC2\xA0", 2},
    {"\xE2\x80\xAE", "\\u202E", 3},
    {"\xE2\x81\xA9", "\\u2069", 3},
    {"\xD8\x9C", "\\u061C", 2},
    {"\xE9", "\\xE9", 1},
    {"\xED\xA0\x80", "\\xED", 1},
};

START_TEST(what_steers_a_terminal_is_shown_by_its_number)
{
    char piece[GD_PIECE];
    ck_assert_uint_eq(gd_text_show(shown[_i].text, piece), shown[_i].used);
    ck_assert_str_eq(piece, shown[_i].shown);
}
END_TEST

START_TEST(json_is_utf8_whatever_comes_in)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "caf\xE9", "\xED\xA0\x80 \"\xE2\x82\" é \xF0\x9D");
    char *text = gd_json_write(object, false);
    ck_assert_str_eq(text, "{\"caf\xEF\xBF\xBD\":\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD \\\"\xEF\xBF\xBD\xEF\xBF\xBD"
                           "\\\" é \xEF\xBF\xBD\xEF\xBF\xBD\"}");
    free(text);
    cJSON_Delete(object);
}
END_TEST

START_TEST(numbers_read_back_as_they_were)
{
    static const struct {
        double number;
        const char *text;
    } rows[] = {
        {0.1, "0.1"}, {1.0 / 3, "0.3333333333333333"}, {5e-324, "4.94065645841247e-324"}, {-2.5e300, "-2.5e+300"}};
    char text[32];
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        ck_assert_str_eq(gd_number_write(text, sizeof text, rows[k].number), rows[k].text);
}
END_TEST

START_TEST(text_that_is_no_json_is_told_from_memory_that_is_short)
{
    cJSON *json;
    ck_assert_int_eq(gd_json_read("{\"a\": 1} ", 8, &json), GD_OK);
    ck_assert(cJSON_GetNumberValue(cJSON_GetObjectItem(json, "a")) == 1);
    cJSON_Delete(json);
    ck_assert_int_eq(gd_json_read("{\"a\": ", 6, &json), GD_BAD_INPUT);
    ck_assert_ptr_null(json);
    failing_start(0);
    enum gd_status status = gd_json_read("{\"a\": ", 6, &json);
    failing_stop();
    ck_assert_int_eq(status, GD_NO_MEMORY);
}
END_TEST

Suite *suite_text(void)
{
    Suite *suite = suite_create("text");
    TCase *text = tcase_create("text");
    tcase_add_unchecked_fixture(text, make_path, NULL);
    tcase_add_test(text, a_long_path_never_cuts_off_the_reason);
    tcase_add_test(text, text_is_cut_between_characters);
    tcase_add_loop_test(text, characters_are_those_of_utf8, 0, sizeof characters / sizeof *characters);
    tcase_add_loop_test(text, what_steers_a_terminal_is_shown_by_its_number, 0, sizeof shown / sizeof *shown);
    tcase_add_test(text, json_is_utf8_whatever_comes_in);
    tcase_add_test(text, numbers_read_back_as_they_were);
    tcase_add_test(text, text_that_is_no_json_is_told_from_memory_that_is_short);
    suite_add_tcase(suite, text);
    return suite;
}
