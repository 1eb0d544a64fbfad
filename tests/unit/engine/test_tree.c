/* The YAML reader and writer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/language/tree.h"
#include "unit/engine/helpers.h"
#include "unit/suites.h"

/* {text, what is said about it} */
static const struct {
    const char *name, *text, *problems;
} bad[] = {
    {"empty", "",
     "f:1:1: there is nothing in this file: a pipeline begins with `godiff: 1`, and a sweep file with `sweep:`\n"},
    {"comment only", "# nothing\n",
     "f:2:1: there is nothing in this file: a pipeline begins with `godiff: 1`, and a sweep file with `sweep:`\n"},
    {"anchor and alias", "a: &x 1\nb: *x\n",
     "f:1:4: anchors (&) and aliases (*) are not supported: repeat the value\n"},
    {"alias as key", "*x : 1\n",
     "f:1:1: anchors (&) and aliases (*) are not supported: repeat the value\n"
     "f:1:1: missing key before the colon\n"},
    {"anchor on a map", "a: &x {b: 1}\n", "f:1:4: anchors (&) and aliases (*) are not supported: repeat the value\n"},
    {"anchor on a list", "a: &x [1]\n", "f:1:4: anchors (&) and aliases (*) are not supported: repeat the value\n"},
    {"merge key", "a:\n  <<: {b: 1}\n", "f:2:3: merge keys (<<) are not supported: repeat the keys\n"},
    {"tag", "a: !!str 1\nb: !mine {}\nc: !!seq []\n",
     "f:1:4: tags (!) are not supported\nf:2:4: tags (!) are not supported\nf:3:4: tags (!) are not supported\n"},
    {"bare tag", "a: ! 1\n", "f:1:4: tags (!) are not supported\n"},
    {"repeated key", "a: 1\nb: 2\na: 3\n", "f:3:1: key \"a\" appears twice (first in line 1)\n"},
    {"repeated keys in a flow map", "{a: 1, \"a\": 2, a: 3}\n",
     "f:1:8: key \"a\" appears twice (first in line 1)\nf:1:16: key \"a\" appears twice (first in line 1)\n"},
    {"list as key", "? [a, b]\n: 1\n", "f:1:3: a list cannot be a key: keys are plain names\n"},
    {"map as key", "{{a: 1}: 2}\n", "f:1:2: a map cannot be a key: keys are plain names\n"},
    {"no key", "?\n: 1\n", "f:1:2: missing key before the colon\n"},
    {"null key", "~: 1\n", "f:1:1: missing key before the colon\n"},
    {"second document", "a: 1\n---\nb: 2\n", "f:2:1: a pipeline is a single YAML document\n"},
    {"unclosed list", "a: [1, 2\nb: 3\n",
     "f:2:2: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence (line 1)\n"},
    {"tab", "a:\n\tb: 1\n", "f:2:1: not valid YAML: tabs are not allowed in the indentation\n"},
    {"tab after blanks", "é: 1\na:\n  \tb: 1\n", "f:3:3: not valid YAML: tabs are not allowed in the indentation\n"},
    {"tab after a dash", "-\ta: 1\n", "f:1:2: not valid YAML: tabs are not allowed in the indentation\n"},
    {"no tab to blame", "a: b\tc: d\n", "f:1:7: not valid YAML: mapping values are not allowed in this context\n"},
    {"bad indent", "a: 1\n b: 2\n", "f:2:3: not valid YAML: mapping values are not allowed in this context\n"},
    {"unknown directive version", "%YAML 3.0\n---\na: 1\n",
     "f:1:1: not valid YAML: found incompatible YAML document\n"},
    {"escaped NUL", "a: \"x\\0y\"\n", "f:1:4: NUL characters are not allowed\n"},
    {"not UTF-8", "a: 1\nb: \xE9t\xE9\n", "f:2:5: not valid UTF-8 text: invalid trailing UTF-8 octet\n"},
    {"column counts characters", "\xC3\x85: \xFF\n", "f:1:4: not valid UTF-8 text: invalid leading UTF-8 octet\n"},
    {"control character", "a: \x01\n", "f:1:4: not valid UTF-8 text: control characters are not allowed\n"},
};

START_TEST(bad_yaml)
{
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    const char *text = bad[_i].text;
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "f", text, strlen(text), &problems), GD_BAD_INPUT);
    ck_assert_ptr_null(tree.root);
    expect_problems(bad[_i].name, &problems, bad[_i].problems);
    gd_tree_clear(&tree);
}
END_TEST

START_TEST(nul_byte)
{
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "f", "a: 1\nb\0: 2\n", 11, &problems), GD_BAD_INPUT);
    expect_problems("NUL", &problems, "f:2:2: not valid UTF-8 text: control characters are not allowed\n");
    gd_tree_clear(&tree);
}
END_TEST

START_TEST(places_and_kinds)
{
    static const char text[] = "\xEF\xBB\xBFname: pt\nlist:\n  - 1\n  - 'two'\n\xC3\x85: {deep: [3, x: y]}\nnothing:\n";
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "dir/f", text, sizeof text - 1, &problems), GD_OK);
    const struct gd_node *root = tree.root, *list = gd_node_get(root, "list");
    ck_assert_int_eq(root->kind, GD_NODE_MAP);
    ck_assert_uint_eq(root->count, 4);
    ck_assert_str_eq(gd_node_get(root, "name")->text, "pt");
    ck_assert_int_eq(list->kind, GD_NODE_LIST);
    ck_assert_uint_eq(list->count, 2);
    ck_assert_int_eq(list->children->place.line, 3);
    ck_assert_int_eq(list->children->place.column, 5);
    ck_assert(!list->children->quoted);
    ck_assert(list->last->quoted);
    ck_assert_str_eq(list->last->text, "two");
    ck_assert_int_eq(list->key_place.line, 2);
    const struct gd_node *deep = gd_node_get(gd_node_get(root, "\xC3\x85"), "deep");
    ck_assert_int_eq(deep->place.column, 11);
    ck_assert_str_eq(gd_node_get(deep->last, "x")->text, "y");
    ck_assert(gd_node_empty(gd_node_get(root, "nothing")));
    ck_assert_ptr_null(gd_node_get(root, "other"));
    ck_assert_ptr_null(gd_node_get(list, "other"));
    ck_assert_ptr_null(gd_node_get(NULL, "other"));
    ck_assert_str_eq(deep->place.file, "dir/f");
    gd_tree_clear(&tree);
    gd_tree_clear(&tree);
    gd_tree_clear(NULL);
}
END_TEST

/* `levels` lists in one another. */
static enum gd_status parse_nested(int levels, struct gd_problems *problems)
{
    char text[300] = "";
    memset(text, '[', (size_t)levels);
    memset(text + levels, ']', (size_t)levels);
    struct gd_tree tree = {0};
    enum gd_status status = gd_tree_parse_yaml(&tree, "f", text, strlen(text), problems);
    gd_tree_clear(&tree);
    return status;
}

START_TEST(depth_is_limited)
{
    struct gd_problems problems = {0};
    ck_assert_int_eq(parse_nested(64, &problems), GD_OK);
    ck_assert_int_eq(parse_nested(65, &problems), GD_BAD_INPUT);
    expect_problems("65", &problems, "f:1:65: nested deeper than 64 levels\n");
    ck_assert_int_eq(parse_nested(149, &problems), GD_BAD_INPUT);
    expect_problems("149", &problems, "f:1:65: nested deeper than 64 levels\n");
}
END_TEST

/* Parses `count` times `piece` between two brackets. */
static enum gd_status parse_many(const char *open, const char *piece, size_t count, const char *close,
                                 struct gd_problems *problems)
{
    struct gd_text text = {0};
    struct gd_tree tree = {0};
    gd_text_add(&text, open, strlen(open));
    for (size_t k = 0; k < count; k++)
        gd_text_print(&text, piece, k);
    gd_text_add(&text, close, strlen(close));
    size_t length = text.length;
    char *all = gd_text_take(&text);
    ck_assert_ptr_nonnull(all);
    enum gd_status status = gd_tree_parse_yaml(&tree, "f", all, length, problems);
    free(all);
    gd_tree_clear(&tree);
    return status;
}

START_TEST(sizes_are_limited)
{
    struct gd_problems problems = {0};
    ck_assert_int_eq(parse_many("{", "k%zu: 1,\n", 1000, "}", &problems), GD_OK);
    ck_assert_int_eq(parse_many("{", "k%zu: 1,\n", 1001, "}", &problems), GD_BAD_INPUT);
    expect_problems("keys", &problems, "f:1001:1: more than 1000 keys in one map\n");
    ck_assert_int_eq(parse_many("[", "1,", 999999, "]", &problems), GD_OK);
    ck_assert_int_eq(parse_many("[", "1,", 1000000, "]", &problems), GD_BAD_INPUT);
    expect_problems("values", &problems, "f:1:2000000: more than 1000000 values\n");
    ck_assert_int_eq(parse_many("", "# 3456789 123456789 123456789 12\n", (16 << 20) / 33 + 1, "", &problems),
                     GD_BAD_INPUT);
    expect_problems("bytes", &problems, "f: larger than 16 MiB\n");
}
END_TEST

START_TEST(values_have_no_lines)
{
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    ck_assert_int_eq(gd_tree_parse_value(&tree, "--set a=[1]", "[1]", &problems), GD_OK);
    ck_assert_int_eq(tree.root->children->place.line, 0);
    ck_assert_int_eq(gd_tree_parse_value(&tree, "--set a=", "", &problems), GD_BAD_INPUT);
    expect_problems("empty", &problems, "--set a=: empty value\n");
    ck_assert_int_eq(gd_tree_parse_value(&tree, "--set a=[", "[", &problems), GD_BAD_INPUT);
    expect_problems("syntax", &problems, "--set a=[: not valid YAML: did not find expected node content\n");
    ck_assert_int_eq(gd_tree_parse_value(&tree, "--set a={b: 1, b: 2}", "{b: 1, b: 2}", &problems), GD_BAD_INPUT);
    expect_problems("twice", &problems, "--set a={b: 1, b: 2}: key \"b\" appears twice\n");
    gd_tree_clear(&tree);
}
END_TEST

START_TEST(files_are_read)
{
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    char folder[] = "/tmp/godiff-test-XXXXXX", path[64], expected[128];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.yaml", folder);
    ck_assert_int_eq(gd_tree_read_yaml(&tree, path, &problems), GD_BAD_INPUT);
    snprintf(expected, sizeof expected, "%s: cannot be read: No such file or directory\n", path);
    expect_problems("missing", &problems, expected);
    ck_assert_int_eq(gd_tree_read_yaml(&tree, folder, &problems), GD_BAD_INPUT);
    snprintf(expected, sizeof expected, "%s: cannot be read: Is a directory\n", folder);
    expect_problems("folder", &problems, expected);

    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    for (int k = 0; k < 20000; k++)
        fprintf(file, "- %d\n", k);
    fclose(file);
    ck_assert_int_eq(gd_tree_read_yaml(&tree, path, &problems), GD_OK);
    ck_assert_uint_eq(tree.root->count, 20000);
    ck_assert_str_eq(tree.root->last->text, "19999");
    gd_tree_clear(&tree);
    remove(path);
    remove(folder);
}
END_TEST

START_TEST(endless_files_are_refused)
{
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    ck_assert_int_eq(gd_tree_read_yaml(&tree, "/dev/zero", &problems), GD_BAD_INPUT);
    expect_problems("zeros", &problems, "/dev/zero: cannot be read: not a regular file\n");
    gd_tree_clear(&tree);
}
END_TEST

START_TEST(written_yaml_reads_back)
{
    static const char text[] = "a: {b: [1, 2], c: \"x: 'y'\\n\"}\nd:\n- e: {f: 1}\n  g: \"null\"\n  h: 'null'\n"
                               "- []\n- {}\n\xC3\x85: \" \"\n";
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "f", text, sizeof text - 1, &problems), GD_OK);
    char *written = gd_tree_write_yaml(tree.root);
    expect_text("yaml", written, text);
    free(written);
    gd_tree_clear(&tree);
}
END_TEST

/* Texts of all kinds. */
/* clang-format off */
static const char *const texts[] = {
    "", " ", "a", "null", "~", "12", "-", "- a", "? a", ":", "a:b", "a: b", "a:", "a, b", "[a]", "{a: b}", "# a", "a # b",
    "a#b", "'", "it's", "'a'", "\"", "\"a\"", "\\", "a\\n", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`", " a", "a ",
    "a  b", "\n", "a\n", "a\nb", "a\n\nb\n\n", "\na", "a \n b", " a\n b\n", "a: b\nc: d\n", "\t", "a\tb", "a\rb", "a\r\nb",
    "\x01", "\x1B[0m", "\xC3\xA5", "\xE2\x80\xA8", "\xC2\x85", "\xEF\xBB\xBF", "\xF0\x9F\x98\x80", "---", "--- a", "...",
    "'a\nb'", "\"a\"\n'b'", "a,\nb", "\xC3\xA5: 'b',\n", "pair_style lj/cut 10.0\npair_coeff * * 0.0103 3.4\n",
    "a long text: 'words', \"words\", words # and, words {and: words}, [so, that] it needs - to be folded: where there is: a blank",
};
/* clang-format on */

static struct gd_node *add_child(struct gd_tree *tree, struct gd_node *parent, enum gd_node_kind kind, const char *key)
{
    struct gd_node *node = gd_node_new(tree, kind, (struct gd_place){0});
    if (parent)
        gd_node_append(parent, node, key, (struct gd_place){0});
    return node;
}

static void add_text(struct gd_tree *tree, struct gd_node *parent, const char *key, const char *text, bool quoted)
{
    struct gd_node *node = add_child(tree, parent, GD_NODE_SCALAR, key);
    node->text = text;
    node->quoted = quoted;
}

/* A text as a value of a block, on one line in braces and in brackets, as a key, and in a list of blocks. */
START_TEST(texts_stay_what_they_are)
{
    const char *text = texts[_i / 2];
    const char *key = gd_node_empty(&(struct gd_node){.kind = GD_NODE_SCALAR, .text = text}) ? "key" : text;
    struct gd_tree tree = {0}, again = {0};
    struct gd_problems problems = {0};
    struct gd_node *root = add_child(&tree, NULL, GD_NODE_MAP, NULL);
    struct gd_node *flow = add_child(&tree, add_child(&tree, root, GD_NODE_MAP, "outer"), GD_NODE_MAP, "flow");
    struct gd_node *list = add_child(&tree, flow, GD_NODE_LIST, "list"),
                   *blocks = add_child(&tree, root, GD_NODE_LIST, "blocks");
    struct gd_node *const parents[] = {root, flow, list, blocks};
    add_text(&tree, add_child(&tree, blocks, GD_NODE_MAP, NULL), key, text, _i % 2);
    for (size_t k = 0; k < sizeof parents / sizeof *parents; k++)
        add_text(&tree, parents[k], parents[k]->kind == GD_NODE_MAP ? "value" : NULL, text, _i % 2);
    char *written = gd_tree_write_yaml(root);
    ck_assert_ptr_nonnull(written);
    ck_assert_int_eq(gd_tree_parse_yaml(&again, "f", written, strlen(written), &problems), GD_OK);
    char *twice = gd_tree_write_yaml(again.root);
    expect_text("written again", twice, written);
    const struct gd_node *there = gd_node_get(gd_node_get(again.root, "outer"), "flow");
    expect_text("block", gd_node_get(again.root, "value")->text, text);
    expect_text("braces", gd_node_get(there, "value")->text, text);
    expect_text("brackets", gd_node_get(there, "list")->children->text, text);
    expect_text("list", gd_node_get(again.root, "blocks")->last->text, text);
    free(twice);
    free(written);
    gd_problems_clear(&problems);
    gd_tree_clear(&again);
    gd_tree_clear(&tree);
}
END_TEST

Suite *suite_tree(void)
{
    Suite *suite = suite_create("tree");
    TCase *tcase = tcase_create("tree");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, bad_yaml, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(tcase, nul_byte);
    tcase_add_test(tcase, places_and_kinds);
    tcase_add_test(tcase, depth_is_limited);
    tcase_add_test(tcase, sizes_are_limited);
    tcase_add_test(tcase, values_have_no_lines);
    tcase_add_test(tcase, files_are_read);
    tcase_add_test(tcase, endless_files_are_refused);
    tcase_add_test(tcase, written_yaml_reads_back);
    tcase_add_loop_test(tcase, texts_stay_what_they_are, 0, 2 * (int)(sizeof texts / sizeof *texts));
    suite_add_tcase(suite, tcase);
    return suite;
}
