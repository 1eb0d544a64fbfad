#include "engine/base/store.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"

static const double sync_seconds = 1;
static const uint64_t longest = UINT64_C(1) << 32; /* of a value */

_Static_assert(sizeof GD_STORE_MAGIC == 17, "16 bytes and a NUL");

/* The beginning of a record; the value follows. */
struct record {
    uint64_t length; /* of the value */
    unsigned char sum[SHA256_DIGEST_SIZE];
    struct gd_store_key key;
};

/* Where a value is. */
struct place {
    struct gd_store_key key;
    uint64_t at, length; /* at 0: none */
};

struct gd_store {
    char *path;
    enum gd_store_mode mode;
    int file;
    off_t end;
    struct place *places; /* [size], by the first bytes of the key, or after */
    size_t size, count;
    size_t damaged;
    double synced;
    pthread_mutex_t mutex;
};

struct gd_store_key gd_store_key_of(const struct gd_piece *pieces, size_t count)
{
    struct sha256_ctx sum;
    struct gd_store_key key;
    sha256_init(&sum);
    for (size_t k = 0; k < count; k++)
        if (pieces[k].length)
            sha256_update(&sum, pieces[k].length, pieces[k].bytes);
    sha256_digest(&sum, sizeof key.bytes, key.bytes);
    return key;
}

static enum gd_status fail(const struct gd_store *store, struct gd_error *error)
{
    return gd_fail(error, GD_FAILED, "%s: %s", store->path, strerror(errno));
}

/* --- The index ---------------------------------------------------------------------------------------------------- */

/* The place of a key, or where it would be. There is always one that is free. */
static struct place *find_place(const struct gd_store *store, const struct gd_store_key *key)
{
    uint64_t first;
    memcpy(&first, key->bytes, sizeof first);
    size_t k = first % store->size;
    while (store->places[k].at && memcmp(&store->places[k].key, key, sizeof *key) != 0)
        k = (k + 1) % store->size;
    return &store->places[k];
}

/* Makes the index large enough for one more. */
static bool make_room(struct gd_store *store)
{
    if (2 * (store->count + 1) <= store->size)
        return true;
    struct gd_store larger = *store;
    larger.size = 2 * store->size + 1024;
    larger.places = gd_array(larger.size, sizeof *larger.places);
    if (!larger.places)
        return false;
    for (size_t k = 0; k < store->size; k++)
        if (store->places[k].at)
            *find_place(&larger, &store->places[k].key) = store->places[k];
    free(store->places);
    store->places = larger.places;
    store->size = larger.size;
    return true;
}

static enum gd_status enter(struct gd_store *store, const struct record *record, off_t at, struct gd_error *error)
{
    if (!make_room(store))
        return gd_no_memory(error, store->path);
    struct place *place = find_place(store, &record->key);
    store->count += place->at == 0;
    *place = (struct place){record->key, (uint64_t)at, record->length};
    return GD_OK;
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

/* *whole: the file has so many bytes there. That they cannot be read is a failure, and no end of the file. */
static enum gd_status read_at(const struct gd_store *store, off_t at, void *bytes, size_t length, bool *whole,
                              struct gd_error *error)
{
    char *to = bytes;
    ssize_t some = 1;
    *whole = false;
    while (length > 0 && some != 0) {
        some = pread(store->file, to, length, at);
        if (some < 0 && errno != EINTR)
            return fail(store, error);
        if (some > 0) {
            at += some;
            to += some;
            length -= (size_t)some;
        }
    }
    *whole = length == 0;
    return GD_OK;
}

/* A value as a new array. */
static enum gd_status read_value(const struct gd_store *store, const struct place *place, void **value,
                                 struct gd_error *error)
{
    bool whole;
    *value = gd_array((size_t)place->length, 1);
    if (!*value)
        return gd_no_memory(error, store->path);
    enum gd_status status = read_at(store, (off_t)place->at, *value, (size_t)place->length, &whole, error);
    if (!status && whole)
        return GD_OK;
    free(*value);
    *value = NULL;
    return status ? status : gd_fail(error, GD_FAILED, "%s: has become shorter", store->path);
}

static void add_up(const struct record *record, const struct gd_piece *pieces, size_t count,
                   unsigned char sum[SHA256_DIGEST_SIZE])
{
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, sizeof record->length, (const uint8_t *)&record->length);
    sha256_update(&context, sizeof record->key, record->key.bytes);
    for (size_t k = 0; k < count; k++)
        if (pieces[k].length)
            sha256_update(&context, pieces[k].length, pieces[k].bytes);
    sha256_digest(&context, SHA256_DIGEST_SIZE, sum);
}

/* Reads the beginning of a record; *there: it is whole, and so is its value if its length is right. */
static enum gd_status read_head(const struct gd_store *store, off_t size, struct record *record, bool *there,
                                struct gd_error *error)
{
    const off_t value = store->end + (off_t)sizeof *record;
    *there = false;
    if (value > size)
        return GD_OK;
    enum gd_status status = read_at(store, store->end, record, sizeof *record, there, error);
    *there = *there && record->length <= longest && (uint64_t)(size - value) >= record->length;
    return status;
}

/* Reads the record at the end of what is known. *more: there was a whole one. *past: where one ends that has another
 * sum; 0: there is none. */
static enum gd_status read_record(struct gd_store *store, off_t size, bool *more, off_t *past, struct gd_error *error)
{
    struct record record;
    unsigned char sum[SHA256_DIGEST_SIZE];
    *past = 0;
    enum gd_status status = read_head(store, size, &record, more, error);
    if (status || !*more)
        return status;
    const off_t value = store->end + (off_t)sizeof record;
    void *bytes = gd_array((size_t)record.length, 1);
    if (!bytes)
        return gd_no_memory(error, store->path);
    status = read_at(store, value, bytes, (size_t)record.length, more, error);
    add_up(&record, &(struct gd_piece){bytes, (size_t)record.length}, 1, sum);
    free(bytes);
    if (status || !*more)
        return status;
    *more = !memcmp(sum, record.sum, sizeof sum);
    if (!*more)
        *past = value + (off_t)record.length;
    else
        store->end = value + (off_t)record.length;
    return *more ? enter(store, &record, value, error) : GD_OK;
}

/* Where the first whole record begins in bytes that follow a place that is none; `length`: nowhere. */
static size_t find_whole(const unsigned char *bytes, size_t length)
{
    struct record record;
    unsigned char sum[SHA256_DIGEST_SIZE];
    uint64_t budget = 64 * (uint64_t)length; /* bytes that are added up: lengths that are none rarely fit */
    for (size_t at = 1; at + sizeof record <= length; at++) {
        const unsigned char *value = bytes + at + sizeof record;
        memcpy(&record, bytes + at, sizeof record);
        if (record.length > length - at - sizeof record || record.length > budget)
            continue;
        budget -= record.length;
        add_up(&record, &(struct gd_piece){value, (size_t)record.length}, 1, sum);
        if (!memcmp(sum, record.sum, sizeof sum))
            return at;
    }
    return length;
}

/* Goes on at the next whole record when the one at the end of what is known is damaged, maybe in its length; without
 * another one `past` it, where that is known. */
static enum gd_status pass_over(struct gd_store *store, off_t size, off_t past, bool *more, struct gd_error *error)
{
    const size_t length = size > store->end ? (size_t)(size - store->end) : 0;
    unsigned char *bytes = gd_array(length, 1);
    if (!bytes)
        return gd_no_memory(error, store->path);
    bool whole;
    enum gd_status status = read_at(store, store->end, bytes, length, &whole, error);
    const size_t at = whole ? find_whole(bytes, length) : length;
    free(bytes);
    *more = !status && (at < length || past > 0);
    store->damaged += *more;
    if (*more)
        store->end = at < length ? store->end + (off_t)at : past;
    return status;
}

/* Reads what has come since, and drops an end that is no record: a write that was cut off. */
static enum gd_status read_more(struct gd_store *store, struct gd_error *error)
{
    struct stat info;
    bool more = true;
    enum gd_status status = fstat(store->file, &info) ? fail(store, error) : GD_OK;
    while (more && !status) {
        off_t past;
        status = read_record(store, info.st_size, &more, &past, error);
        if (!status && !more && store->end < info.st_size)
            status = pass_over(store, info.st_size, past, &more, error);
    }
    if (!status && store->mode != GD_STORE_READ && info.st_size > store->end && ftruncate(store->file, store->end))
        status = fail(store, error);
    return status;
}

enum { MAGIC_SIZE = sizeof GD_STORE_MAGIC - 1 };

/* Reads how a file of `size` bytes begins. A new one, or one of which not even the beginning was written, is begun. */
static enum gd_status read_magic(struct gd_store *store, off_t size, struct gd_error *error)
{
    char magic[MAGIC_SIZE];
    bool whole;
    const size_t length = size < MAGIC_SIZE ? (size_t)size : MAGIC_SIZE;
    enum gd_status status = read_at(store, 0, magic, length, &whole, error);
    if (status)
        return status;
    if (!whole || memcmp(magic, GD_STORE_MAGIC, length) != 0 || (length < MAGIC_SIZE && store->mode == GD_STORE_READ))
        return gd_fail(error, GD_BAD_INPUT, "%s: is no store of evaluations", store->path);
    if (length < MAGIC_SIZE && pwrite(store->file, GD_STORE_MAGIC, MAGIC_SIZE, 0) != MAGIC_SIZE)
        return fail(store, error);
    return GD_OK;
}

static enum gd_status read_all(struct gd_store *store, struct gd_error *error)
{
    struct stat info;
    if (fstat(store->file, &info))
        return fail(store, error);
    store->end = MAGIC_SIZE;
    enum gd_status status = read_magic(store, info.st_size, error);
    return status ? status : read_more(store, error);
}

/* --- Locks -------------------------------------------------------------------------------------------------------- */

/* One process at a time; others hold the lock of a shared store for the time of a write. */
static enum gd_status lock(struct gd_store *store, struct gd_error *error)
{
    const double patience = store->mode == GD_STORE_SHARED ? 60 : 0; /* s */
    const double begin = gd_clock();
    int failure = flock(store->file, LOCK_EX | LOCK_NB);
    while (failure && errno == EWOULDBLOCK && gd_clock() - begin < patience) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        failure = flock(store->file, LOCK_EX | LOCK_NB);
    }
    if (failure && errno == EWOULDBLOCK)
        return gd_fail(error, GD_FAILED, "%s: another process is using it", store->path);
    if (failure && store->mode == GD_STORE_SHARED) /* where there are no locks, one process alone does without */
        return gd_fail(error, GD_FAILED, "%s: its file system has no locks, which a shared store needs: %s",
                       store->path, strerror(errno));
    return GD_OK;
}

static void unlock(struct gd_store *store)
{
    if (store->mode == GD_STORE_SHARED)
        flock(store->file, LOCK_UN);
}

static enum gd_status open_file(struct gd_store *store, struct gd_error *error)
{
    const int access = store->mode == GD_STORE_READ ? O_RDONLY : O_RDWR | O_CREAT | O_NOFOLLOW;
    store->file = open(store->path, access | O_CLOEXEC, 0666);
    if (store->file < 0)
        return fail(store, error);
    enum gd_status status = store->mode == GD_STORE_READ ? GD_OK : lock(store, error);
    if (!status)
        status = read_all(store, error);
    unlock(store);
    return status;
}

enum gd_status gd_store_open(struct gd_store **store, const char *path, enum gd_store_mode mode, struct gd_error *error)
{
    struct gd_store *made = gd_array(1, sizeof *made);
    *store = NULL;
    if (!made)
        return gd_no_memory(error, path);
    pthread_mutex_init(&made->mutex, NULL);
    made->file = -1;
    made->mode = mode;
    made->path = gd_string(path);
    enum gd_status status = made->path && make_room(made) ? open_file(made, error) : gd_no_memory(error, path);
    if (status)
        gd_store_close(made);
    else
        *store = made;
    return status;
}

void gd_store_close(struct gd_store *store)
{
    if (!store)
        return;
    if (store->file >= 0)
        close(store->file);
    pthread_mutex_destroy(&store->mutex);
    free(store->places);
    free(store->path);
    free(store);
}

size_t gd_store_count(const struct gd_store *store)
{
    return store->count;
}

const char *gd_store_path(const struct gd_store *store)
{
    return store->path;
}

size_t gd_store_damaged(const struct gd_store *store)
{
    return store->damaged;
}

/* Where the value of a key is, also if another process has added it. */
static enum gd_status look_up(struct gd_store *store, const struct gd_store_key *key, struct place *place,
                              struct gd_error *error)
{
    enum gd_status status = GD_OK;
    struct stat info;
    pthread_mutex_lock(&store->mutex);
    *place = *find_place(store, key);
    if (!place->at && store->mode == GD_STORE_SHARED && fstat(store->file, &info) == 0 && info.st_size > store->end) {
        status = lock(store, error);
        if (!status)
            status = read_more(store, error);
        unlock(store);
        *place = *find_place(store, key);
    }
    pthread_mutex_unlock(&store->mutex);
    return status;
}

enum gd_status gd_store_find(struct gd_store *store, const struct gd_store_key *key, void **value, size_t *length,
                             struct gd_error *error)
{
    struct place place;
    enum gd_status status = look_up(store, key, &place, error);
    *value = NULL;
    if (status || !place.at)
        return status;
    *length = (size_t)place.length;
    return read_value(store, &place, value, error);
}

/* --- Writing ------------------------------------------------------------------------------------------------------ */

/* Writes a record at the end, whole or not at all. */
static enum gd_status append(struct gd_store *store, const struct record *record, const struct gd_piece *pieces,
                             size_t count, struct gd_error *error)
{
    enum gd_status status = lseek(store->file, store->end, SEEK_SET) < 0 ? fail(store, error) : GD_OK;
    if (!status)
        status = gd_file_put(store->file, store->path, record, sizeof *record, error);
    for (size_t k = 0; k < count && !status; k++)
        status = gd_file_put(store->file, store->path, pieces[k].bytes, pieces[k].length, error);
    if (!status)
        status = enter(store, record, store->end + (off_t)sizeof *record, error);
    if (!status)
        store->end += (off_t)(sizeof *record + record->length);
    else if (ftruncate(store->file, store->end)) /* opening it drops what is left */
        gd_fail(error, status, "%s: %s", store->path, strerror(errno));
    return status;
}

static enum gd_status sync_file(struct gd_store *store, struct gd_error *error)
{
    store->synced = gd_clock();
    return fdatasync(store->file) ? fail(store, error) : GD_OK;
}

enum gd_status gd_store_add(struct gd_store *store, const struct gd_store_key *key, const struct gd_piece *pieces,
                            size_t count, struct gd_error *error)
{
    struct record record = {.key = *key};
    for (size_t k = 0; k < count; k++)
        record.length += pieces[k].length;
    add_up(&record, pieces, count, record.sum);
    pthread_mutex_lock(&store->mutex);
    enum gd_status status = store->mode == GD_STORE_SHARED ? lock(store, error) : GD_OK;
    if (!status && store->mode == GD_STORE_SHARED)
        status = read_more(store, error);
    if (!status && !find_place(store, key)->at)
        status = append(store, &record, pieces, count, error);
    unlock(store);
    if (!status && gd_clock() - store->synced > sync_seconds)
        status = sync_file(store, error);
    pthread_mutex_unlock(&store->mutex);
    return status;
}

enum gd_status gd_store_sync(struct gd_store *store, struct gd_error *error)
{
    pthread_mutex_lock(&store->mutex);
    enum gd_status status = sync_file(store, error);
    pthread_mutex_unlock(&store->mutex);
    return status;
}

/* --- All values --------------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const struct place *one = a, *other = b;
    return (one->at > other->at) - (one->at < other->at);
}

static enum gd_status visit_place(struct gd_store *store, const struct place *place, gd_store_visit *visit,
                                  void *context, struct gd_error *error)
{
    void *value;
    enum gd_status status = read_value(store, place, &value, error);
    if (!status)
        status = visit(context, &place->key, value, (size_t)place->length, error);
    free(value);
    return status;
}

enum gd_status gd_store_each(struct gd_store *store, gd_store_visit *visit, void *context, struct gd_error *error)
{
    struct place *places = gd_array(store->count, sizeof *places);
    enum gd_status status = places ? GD_OK : gd_no_memory(error, store->path);
    size_t count = 0;
    for (size_t k = 0; k < store->size && places; k++)
        if (store->places[k].at)
            places[count++] = store->places[k];
    if (places)
        qsort(places, count, sizeof *places, by_place);
    for (size_t k = 0; k < count && !status; k++)
        status = visit_place(store, &places[k], visit, context, error);
    free(places);
    return status;
}
