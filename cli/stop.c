#include "cli/stop.h"

#include <stddef.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "engine/base/error.h"

enum { PATIENCE = 10, GRACE = 20, ECHO = 1 }; /* seconds */

/* The mutable objects of file scope: a signal handler reaches nothing else. */
volatile sig_atomic_t gd_stop_requests;
static volatile sig_atomic_t cause; /* the first signal */
static volatile sig_atomic_t asked; /* when it came: seconds of the clock */

static const struct {
    int number;
    const char *text; /* of the first request */
    bool hurried;     /* SIGKILL follows */
} signals[] = {
    {SIGINT,
     "\ninterrupted: finishing this step, or its evaluations that have begun, and saving; interrupt again to stop at "
     "once\n",
     false},
    {SIGTERM, "\nSIGTERM: finishing this step, or its evaluations that have begun, and saving\n", true},
    {SIGUSR1, "\nSIGUSR1: finishing this step, or its evaluations that have begun, and saving\n", false},
    {SIGHUP, "\nSIGHUP: finishing this step, or its evaluations that have begun, and saving\n", false},
    {SIGXCPU, "\nSIGXCPU: finishing this step, or its evaluations that have begun, and saving\n", true},
};

static void say(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

static void stop_at_once(const char *text)
{
    gd_stop_requests = 2;
    say(text);
    alarm(PATIENCE);
}

static sig_atomic_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (sig_atomic_t)time.tv_sec;
}

/* timeout(1), and job schedulers, send their signal to the process and then to its whole group. */
static bool is_echo(int number)
{
    return number == cause && number != SIGINT && now() - asked <= ECHO;
}

static void on_signal(int number)
{
    size_t k = 0;
    while (signals[k].number != number)
        k++;
    if (gd_stop_requests == 1 && is_echo(number))
        return;
    if (gd_stop_requests > 0) {
        stop_at_once("\ninterrupted again: stopping; the run is as at the last checkpoint\n");
        signal(number, SIG_DFL); /* a third one ends the process */
        return;
    }
    gd_stop_requests = 1;
    cause = number;
    asked = now();
    say(signals[k].text);
    if (signals[k].hurried)
        alarm(GRACE);
}

/* Time is up: that of the run, of the step, or of a step that does not stop. What is on disk is whole at any moment, so
 * that the process can end at any. */
static void on_alarm(int number)
{
    if (gd_stop_requests < 2) {
        if (cause == 0)
            cause = number;
        stop_at_once("\nout of time: stopping; the run is as at the last checkpoint\n");
        return;
    }
    say("the step did not stop: exiting; the run is as at the last checkpoint\n");
    _exit(gd_exit_code(gd_stop_is_pause() ? GD_PAUSED : GD_INTERRUPTED));
}

void gd_stop_watch(double limit)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, former;
    sigemptyset(&action.sa_mask);
    for (size_t k = 0; k < sizeof signals / sizeof *signals; k++) {
        sigaction(signals[k].number, &action, &former);
        if (signals[k].number == SIGHUP && former.sa_handler == SIG_IGN) /* by nohup */
            signal(SIGHUP, SIG_IGN);
    }
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    if (limit > 0) {
        const struct itimerval timer = {
            .it_value = {.tv_sec = (time_t)limit, .tv_usec = (suseconds_t)(1e6 * (limit - (double)(time_t)limit))}};
        setitimer(ITIMER_REAL, &timer, NULL);
    }
}

void gd_stop_be_patient(void)
{
    alarm(0);
}

bool gd_stop_is_pause(void)
{
    return cause != 0 && cause != SIGINT;
}
