/* The extended XYZ reader; what it accepts must be written and read again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/extxyz.h"
#include "fuzz/fuzz.h"

/* Writes all frames into a new text; NULL when that fails. */
static char *write_frames(const struct gd_frames *frames, size_t *length)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, length);
    for (size_t k = 0; stream && k < frames->count; k++)
        gd_extxyz_write(stream, &frames->items[k], NULL, NULL);
    if (stream)
        fclose(stream);
    return text;
}

/* What was read from a file is read from what is written of it, to the last bit. */
static void check_round_trip(const struct gd_frames *frames)
{
    struct gd_frames again = {0};
    size_t length = 0, length_again = 0;
    char *text = write_frames(frames, &length), *text_again = NULL;
    if (text && gd_extxyz_parse("again.extxyz", text, length, &again, NULL) != GD_OK)
        abort();
    if (text)
        text_again = write_frames(&again, &length_again);
    if (text_again && (length != length_again || memcmp(text, text_again, length) != 0))
        abort();
    free(text);
    free(text_again);
    gd_frames_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gd_frames frames = {0};
    if (gd_extxyz_parse("fuzz.extxyz", (const char *)data, size, &frames, NULL) == GD_OK)
        check_round_trip(&frames);
    gd_frames_clear(&frames);
    return 0;
}
