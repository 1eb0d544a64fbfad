/* The extended XYZ reader; what it accepts must be written and read again. */
#include <stdio.h>
#include <stdlib.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gd_frames frames = {0}, again = {0};
    if (gd_extxyz_parse("fuzz.extxyz", (const char *)data, size, &frames, NULL) == GD_OK) {
        size_t length = 0;
        char *text = write_frames(&frames, &length);
        if (text &&
            (gd_extxyz_parse("again.extxyz", text, length, &again, NULL) != GD_OK || again.count != frames.count))
            abort();
        free(text);
    }
    gd_frames_clear(&again);
    gd_frames_clear(&frames);
    return 0;
}
