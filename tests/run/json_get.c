/* json_get [--lines] FILE KEY...: prints the value under the keys as compact JSON; with --lines, that of every line.
 * Fails when something does not parse or has no such key. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int show(const char *text, char *const *keys)
{
    const char *end;
    cJSON *document = cJSON_ParseWithOpts(text, &end, 1);
    const cJSON *value = document;
    for (; value && *keys; keys++)
        value = cJSON_IsArray(value) ? cJSON_GetArrayItem(value, atoi(*keys))
                                     : cJSON_GetObjectItemCaseSensitive(value, *keys);
    char *printed = value ? cJSON_PrintUnformatted(value) : NULL;
    if (printed)
        puts(printed);
    free(printed);
    cJSON_Delete(document);
    return printed ? 0 : 1;
}

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t size = 1 << 22, length;
    char *text = file ? calloc(size, 1) : NULL;
    if (!text)
        return NULL;
    length = fread(text, 1, size - 1, file);
    fclose(file);
    text[length] = '\0';
    return text;
}

int main(int count, char **arguments)
{
    int lines = count > 1 && !strcmp(arguments[1], "--lines");
    char **rest = arguments + 1 + lines;
    char *text = *rest ? read_all(*rest) : NULL;
    int failed = !text;
    if (text && lines)
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
            failed |= show(line, rest + 1);
    else if (text)
        failed = show(text, rest + 1);
    free(text);
    return failed;
}
