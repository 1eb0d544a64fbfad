#include "unit/engine/chain.h"

#include <string.h>

#include "engine/base/files.h"
#include "unit/engine/results.h"

const char chain_text[] = "godiff: 1\n"
                          "name: chain\n"
                          "seed: 7\n"
                          "steps:\n"
                          "  - {note: {}, id: a}\n"
                          "  - loop:\n"
                          "      times: 2\n"
                          "      steps:\n"
                          "        - {pipeline: {file: inner.yaml, give: [trace]}, id: p}\n"
                          "        - {note: {}, id: b}\n"
                          "  - loop: {times: 2, steps: [{pipeline: {file: deep.yaml}, id: q}]}\n"
                          "  - {note: {}, id: z}\n";

/* clang-format off */
const char *const chain_order[CHAIN_STEPS] = {
    "a",
    "p/c", "p/c", "p/d", "p", "b",
    "p/c", "p/c", "p/d", "p", "b",
    "q/pipeline/c", "q/pipeline/c", "q/pipeline/d", "q/pipeline", "q/e", "q",
    "q/pipeline/c", "q/pipeline/c", "q/pipeline/d", "q/pipeline", "q/e", "q",
    "z",
};
/* clang-format on */

static const struct {
    const char *name, *text;
} files[] = {
    {"inner.yaml", "godiff: 1\n"
                   "name: inner\n"
                   "seed: 99\n"
                   "start: {}\n"
                   "steps:\n"
                   "  - loop: {times: 2, steps: [{note: {}, id: c}]}\n"
                   "  - {note: {number: 5}, id: d}\n"},
    {"deep.yaml", "godiff: 1\n"
                  "name: deep\n"
                  "steps:\n"
                  "  - pipeline: {file: inner.yaml}\n"
                  "  - loop: {times: 1, steps: [{note: {}, id: e}]}\n"},
    {"bad.yaml", "godiff: 1\nname: bad\nsteps: [{note: {numbr: 1}}, {nothing: {}}]\n"},
    {"list.yaml", "- note\n"},
    {"self.yaml", "godiff: 1\nname: self\nsteps: [{pipeline: {file: self.yaml}}]\n"},
    {"ping.yaml", "godiff: 1\nname: ping\nsteps: [{pipeline: {file: pong.yaml}}]\n"},
    {"pong.yaml", "godiff: 1\nname: pong\nsteps: [{pipeline: {file: ./ping.yaml}}]\n"},
    {"wish.yaml", "godiff: 1\nname: wish\nsteps: [{wish: {}}]\n"},
    {"world.yaml", "godiff: 1\nname: world\nworld: {number: 13}\nsteps: [{note: {}}]\n"},
    {"broken.yaml", "godiff: 1\nname: [1\n"},
};

void chain_put_file(const char *name, const char *text)
{
    char path[512];
    for (size_t k = 0; !text && k < sizeof files / sizeof *files; k++)
        if (!strcmp(files[k].name, name))
            text = files[k].text;
    OK(gd_file_write(scratch_name(&toy.scratch, name, path), text, strlen(text), &toy.error));
}

void chain_setup(void)
{
    toy_setup();
    for (size_t k = 0; k < sizeof files / sizeof *files; k++)
        chain_put_file(files[k].name, files[k].text);
}

enum gd_status chain_run(const char *directory, bool resume)
{
    return toy_attempt(chain_text, directory, (struct gd_run_options){.resume = resume, .threads = 1});
}

/* Interrupts at the start of a step, counted from 0. */
struct heard {
    int starts, at;
    volatile int interrupts;
};

static void listen(void *self, const struct gd_event *event)
{
    struct heard *heard = self;
    if (event->kind != GD_EVENT_STEP_START)
        return;
    ck_assert_ptr_nonnull(event->state);
    if (heard->starts++ == heard->at)
        heard->interrupts = 1;
}

void chain_run_part(const char *text, const char *directory, int at, bool resume)
{
    struct heard heard = {.at = at};
    struct gd_sink sink = {listen, &heard};
    struct gd_run_options options = {
        .resume = resume, .threads = 1, .sinks = &sink, .sink_count = 1, .interrupted = &heard.interrupts};
    ck_assert_int_eq(toy_attempt(text, directory, options), GD_INTERRUPTED);
    ck_assert_int_eq(heard.starts, at + 1);
}

void chain_check_same(const char *one, const char *other)
{
    static const char *const names[] = {
        "run.h5",      "trace.txt",       "pipeline.yaml",        "p/trace.txt",
        "q/trace.txt", "p/pipeline.yaml", "q/pipeline/trace.txt", "q/pipeline/pipeline.yaml"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        results_check_equal(&toy.scratch, one, other, names[k]);
    char *text = results_content(&toy.scratch, other, "metrics.jsonl", NULL);
    size_t lines = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    ck_assert_uint_eq(lines, CHAIN_STEPS);
    free(text);
}
