/* Child processes that work for the program, and their last words. */
#ifndef GD_ENGINE_PROCESS_H
#define GD_ENGINE_PROCESS_H

#include <sys/types.h>

#include "engine/base/error.h"

enum { GD_LAST_WORDS = 2048 };

/* A process in a group of its own, so that an interrupt from the terminal does not reach it. The descriptors are not
 * blocking, and closed in other children. */
struct gd_subprocess {
    pid_t pid;                     /* 0: there is none */
    int input;                     /* what is written here is its standard input */
    int output;                    /* its standard output */
    int messages;                  /* its standard error; -1: closed */
    int status;                    /* of waitpid, after gd_subprocess_stop */
    size_t said;                   /* bytes of `words` */
    char words[GD_LAST_WORDS + 1]; /* the last that came from `messages` */
};

/* Starts arguments[0], found as the shell does, with these further variables in its environment ("NAME=VALUE"); both
 * lists are NULL-ended. GD_FAILED when it cannot be started. *process is empty then. */
enum gd_status gd_subprocess_start(struct gd_subprocess *process, const char *const *arguments,
                                   const char *const *environment, struct gd_error *error);

/* Takes what has come from its standard error. */
void gd_subprocess_listen(struct gd_subprocess *process);

/* Adds all that it writes to its standard output to a text, until the end; its messages are listened to meanwhile.
 * GD_BAD_INPUT when that is GD_COLLECTED_MOST bytes or more. */
#define GD_COLLECTED_MOST ((size_t)1 << 30)
struct gd_text;
enum gd_status gd_subprocess_collect(struct gd_subprocess *process, struct gd_text *text, struct gd_error *error);

/* Whether it has ended. */
bool gd_subprocess_ended(const struct gd_subprocess *process);

/* Closes its input, which asks it to leave, waits so many seconds for it, then kills it with its whole group. Accepts
 * an empty one, and leaves it so, but for its words. */
void gd_subprocess_stop(struct gd_subprocess *process, double patience);

/* How one that was stopped has ended: "ended with status 1", "was killed by signal 9 (Killed)". Returns `text`. */
const char *gd_subprocess_describe_end(const struct gd_subprocess *process, char *text, size_t size);

/* The last of its words, without the beginning of a line that is cut and blanks at the end. */
const char *gd_subprocess_last_words(struct gd_subprocess *process);

#endif
