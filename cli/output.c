/* Where results and messages go: files that appear when they are complete, what else can be written to, the standard
 * streams, and the one way out of text to a terminal. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atoms/foreign.h"
#include "atoms/poscar_write.h"
#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

/* --- Standard streams --------------------------------------------------------------------------------------------- */

/* A stream that is closed must not become a file of the run: it gets one that fails at once. A pipe whose reader has
 * gone is an error to be reported, not a silent end. */
void gd_streams_prepare(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            break; /* as it was */
    signal(SIGPIPE, SIG_IGN);
    gd_c_locale_begin();
}

enum gd_status gd_stdout_finish(struct gd_error *error)
{
    const bool flushed = fflush(stdout) == 0; /* what failed before leaves nothing to flush */
    return flushed && !ferror(stdout) ? GD_OK : gd_fail(error, GD_FAILED, "cannot write to standard output");
}

bool gd_stdout_abandoned(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return ferror(stdout) && poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

/* --- Text for people ---------------------------------------------------------------------------------------------- */

void gd_print_escaped(FILE *stream, const char *text, size_t most)
{
    char piece[GD_PIECE], line[512]; /* written at once, because a stream may have no buffer */
    size_t length = 0;
    while (*text && most > 0) {
        text += gd_text_show(text, piece);
        const size_t size = strlen(piece), width = piece[0] == '\\' && piece[1] ? size : 1;
        if (width > most)
            break;
        if (length + size > sizeof line) {
            fwrite(line, 1, length, stream);
            length = 0;
        }
        memcpy(line + length, piece, size);
        length += size;
        most -= width;
    }
    fwrite(line, 1, length, stream);
}

void gd_print_message(const char *label, const char *text)
{
    const bool colour = gd_coloured(stderr);
    if (*label)
        fprintf(stderr, "%s%s:%s ", colour ? "\033[1;31m" : "", label, colour ? "\033[0m" : "");
    gd_print_escaped(stderr, text, SIZE_MAX);
    fputc('\n', stderr);
}

/* Whether a problem says the same of the same place as another: an override of several steps is one fault. */
static bool says_the_same(const struct gd_problem *problem, const struct gd_problem *other)
{
    char place[1024], other_place[1024];
    return !strcmp(problem->text, other->text) &&
           !strcmp(gd_format_place(problem->place, place, sizeof place),
                   gd_format_place(other->place, other_place, sizeof other_place));
}

/* `what` is "problems" or "warnings"; `label` stands before each text. */
static void print_list(const struct gd_problem *items, size_t count, const char *label, const char *what)
{
    enum { MOST = 100 }; /* that a person reads */
    char place[1024];
    size_t distinct = 0;
    for (size_t k = 0; k < count; k++) {
        if ((k > 0 && says_the_same(&items[k], &items[k - 1])) || ++distinct > MOST)
            continue;
        gd_print_escaped(stderr, gd_format_place(items[k].place, place, sizeof place), SIZE_MAX);
        fprintf(stderr, ": %s", label);
        gd_print_escaped(stderr, items[k].text, SIZE_MAX);
        fputc('\n', stderr);
    }
    if (distinct > MOST)
        fprintf(stderr, "... and %zu more %s\n", distinct - MOST, what);
}

void gd_print_problems(const struct gd_problems *problems)
{
    print_list(problems->items, problems->count, "", "problems");
    print_list(problems->warnings.items, problems->warnings.count, "warning: ", "warnings");
    if (problems->overflow)
        gd_print_message("error", "out of memory: some problems are not listed");
}

/* --- Results ------------------------------------------------------------------------------------------------------ */

enum gd_output_kind gd_output_find_kind(const char *path)
{
    struct stat there, out;
    if (!path || !strcmp(path, "-"))
        return GD_TO_STDOUT;
    if (stat(path, &there) != 0)
        return lstat(path, &there) == 0 ? GD_TO_OTHER : GD_TO_FILE;
    if (fstat(STDOUT_FILENO, &out) == 0 && there.st_dev == out.st_dev && there.st_ino == out.st_ino)
        return GD_TO_STDOUT;
    return S_ISREG(there.st_mode) ? GD_TO_FILE : GD_TO_OTHER;
}

/* A file beside the one that a link leads to takes its place. */
static enum gd_status open_file(struct gd_output *output, struct gd_error *error)
{
    int descriptor = -1;
    output->target = realpath(output->path, NULL);
    if (!output->target)
        output->target = gd_string(output->path);
    if (!output->target)
        return gd_no_memory(error, output->path);
    enum gd_status status = gd_file_temporary(output->target, &output->temporary, &descriptor, error);
    if (!status && !(output->stream = fdopen(descriptor, "w"))) {
        close(descriptor);
        status = gd_no_memory(error, output->path);
    }
    return status;
}

enum gd_status gd_output_open(struct gd_output *output, const char *path, struct gd_error *error)
{
    struct gd_error why = {0};
    const enum gd_output_kind kind = gd_output_find_kind(path);
    *output = (struct gd_output){.path = path, .stream = kind == GD_TO_STDOUT ? stdout : NULL};
    if (kind == GD_TO_FILE && open_file(output, &why) != GD_OK) {
        gd_output_close(output, why.status, error);
        return gd_fail(error, why.status == GD_NO_MEMORY ? GD_NO_MEMORY : GD_BAD_INPUT, "%s", why.text);
    }
    if (kind == GD_TO_OTHER && !(output->stream = fopen(path, "we")))
        return gd_fail(error, GD_BAD_INPUT, "cannot write %s: %s", path, strerror(errno));
    return GD_OK;
}

enum gd_status gd_output_open_xyz(struct gd_output *output, const char *path, struct gd_error *error)
{
    *output = (struct gd_output){0};
    if (path && !gd_xyz_name(path) && (gd_poscar_name(path) || gd_foreign_name(path)))
        return gd_fail(error, GD_BAD_INPUT,
                       "%s: what is written here is extended XYZ; name it .extxyz, and see: godiff convert --help",
                       path);
    return gd_output_open(output, path, error);
}

enum gd_status gd_output_open_foreign(struct gd_output *output, const char *path, const char *format,
                                      struct gd_error *error)
{
    *output = (struct gd_output){0};
    if (gd_output_find_kind(path) != GD_TO_FILE)
        return gd_fail(error, GD_BAD_INPUT, "this format needs a file to be written to");
    enum gd_status status = gd_output_open(output, path, error);
    output->foreign = true;
    output->format = format;
    return status;
}

void gd_print_lost(const char *path, const char *lost)
{
    char text[1000];
    if (lost)
        gd_print_message("warning", gd_print(text, sizeof text, "%s: not taken over: %s", path, lost));
}

/* Puts what was written in its place. */
static enum gd_status commit(const struct gd_output *output, struct gd_error *error)
{
    if (!output->foreign)
        return gd_file_commit(output->temporary, output->target, error);
    char *lost;
    enum gd_status status = gd_foreign_write(output->temporary, output->path, output->format, &lost, error);
    gd_print_lost(output->path, lost);
    free(lost);
    unlink(output->temporary);
    return status;
}

/* What writes to a stream does not know where that leads. */
static enum gd_status name_output(const char *path, struct gd_error *error)
{
    const struct gd_error why = *error;
    *error = (struct gd_error){0};
    return gd_fail(error, why.status, "%s: %s", path, why.text);
}

enum gd_status gd_output_close(struct gd_output *output, enum gd_status status, struct gd_error *error)
{
    const bool own = output->stream && output->stream != stdout;
    const bool lost = own && ferror(output->stream); /* by an earlier write, of which fclose says nothing */
    if (own && (fclose(output->stream) != 0 || lost) && !status)
        status = gd_fail(error, GD_FAILED, "cannot write %s: %s", output->path, strerror(errno));
    else if (lost && status == GD_FAILED)
        status = name_output(output->path, error);
    if (output->temporary && !status)
        status = commit(output, error);
    else if (output->temporary)
        unlink(output->temporary);
    free(output->temporary);
    free(output->target);
    *output = (struct gd_output){0};
    return status;
}

enum gd_status gd_poscar_print(FILE *stream, const struct gd_structure *structure, const bool *movable,
                               const char *title, struct gd_error *error)
{
    bool boxed;
    enum gd_status status = gd_poscar_write(stream, structure, movable, title, &boxed, error);
    if (!status && boxed)
        gd_print_message("warning", "a POSCAR is periodic in all directions: where the structure is not, its cell was "
                                    "enlarged to leave 10 Å between images, and all atoms are moved");
    return status;
}
