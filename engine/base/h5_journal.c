#include "engine/base/h5_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/h5_priv.h"
#include "engine/base/memory.h"

_Static_assert(GD_H5_SUM_SIZE == SHA256_DIGEST_SIZE, "a sum is one of SHA-256");

/* How large the journal may be, as a multiple of the file that it continues, and at least. All files and journals of a
 * growing state together are then at most 2.5 times the last file. */
static const off_t most_files = 2, least_most = 1 << 20;

/* The beginning of a journal. */
struct head {
    char magic[16];
    char digest[GD_DIGEST_SIZE]; /* of the file that it continues, in hexadecimal digits, with a NUL */
    char zeros[7];
};

static const char magic[16] = "godiff journal\1";

/* The beginning of a record. */
struct record {
    uint64_t length; /* of the changes, which follow */
    unsigned char sum[GD_H5_SUM_SIZE];
};

static void add_up(const unsigned char before[GD_H5_SUM_SIZE], const void *changes, size_t length,
                   unsigned char sum[GD_H5_SUM_SIZE])
{
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, GD_H5_SUM_SIZE, before);
    sha256_update(&context, length, changes);
    sha256_digest(&context, GD_H5_SUM_SIZE, sum);
}

static void add_up_head(const struct head *head, unsigned char sum[GD_H5_SUM_SIZE])
{
    const unsigned char none[GD_H5_SUM_SIZE] = {0};
    add_up(none, head, sizeof *head, sum);
}

/* --- Saving ------------------------------------------------------------------------------------------------------- */

enum gd_status gd_h5_journal_make(struct gd_h5_journal *journal, const char *path, struct gd_error *error)
{
    *journal = (struct gd_h5_journal){
        .path = gd_format("%s.journal", path),
        .file_path = gd_string(path),
        .file = -1,
    };
    return journal->path && journal->file_path ? GD_OK : gd_no_memory(error, path);
}

static void close_file(struct gd_h5_journal *journal)
{
    if (journal->file >= 0)
        close(journal->file);
    journal->file = -1;
    journal->length = 0;
}

void gd_h5_journal_clear(struct gd_h5_journal *journal)
{
    close_file(journal);
    gd_h5_forget(&journal->trace);
    free(journal->path);
    free(journal->file_path);
    free(journal->digest);
    *journal = (struct gd_h5_journal){.file = -1};
}

static enum gd_status failed(const struct gd_h5_journal *journal, struct gd_error *error)
{
    return gd_fail(error, GD_FAILED, "cannot write %s: %s", journal->path, strerror(errno));
}

/* Whether the file and the journal are those that were written here. */
static bool in_place(const struct gd_h5_journal *journal)
{
    struct stat file, named, open;
    if (lstat(journal->file_path, &file) != 0 || file.st_dev != journal->device || file.st_ino != journal->number)
        return false;
    if (journal->file < 0)
        return true;
    return fstat(journal->file, &open) == 0 && lstat(journal->path, &named) == 0 && open.st_dev == named.st_dev &&
           open.st_ino == named.st_ino && open.st_size == journal->length;
}

/* A new journal, for the file that was written last. */
static enum gd_status begin(struct gd_h5_journal *journal, struct gd_text *bytes)
{
    struct head head = {{0}, {0}, {0}};
    memcpy(head.magic, magic, sizeof magic);
    memcpy(head.digest, journal->digest, sizeof head.digest);
    add_up_head(&head, journal->sum);
    gd_text_add(bytes, (const char *)&head, sizeof head);
    unlink(journal->path); /* of an earlier file, or a link */
    journal->file = open(journal->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
    journal->length = 0;
    return journal->file < 0 ? GD_FAILED : GD_OK;
}

/* Appends in one piece, or leaves the journal as it was. */
static enum gd_status append(struct gd_h5_journal *journal, const struct gd_text *bytes, struct gd_error *error)
{
    enum gd_status status = gd_file_put(journal->file, journal->path, bytes->data, bytes->length, error);
    if (!status && fdatasync(journal->file) != 0)
        status = failed(journal, error);
    if (!status)
        journal->length += (off_t)bytes->length;
    else if (ftruncate(journal->file, journal->length) != 0)
        close_file(journal); /* what is there ends at the last whole record for who reads it */
    return status;
}

/* Puts the changes into a record, of which the place is kept at `at`. */
static void fill_record(struct gd_h5_journal *journal, struct gd_text *bytes, size_t at)
{
    const char *changes = bytes->data + at + sizeof(struct record);
    struct record record = {.length = bytes->length - at - sizeof record};
    add_up(journal->sum, changes, record.length, record.sum);
    memcpy(journal->sum, record.sum, sizeof record.sum);
    memcpy(bytes->data + at, &record, sizeof record);
}

static enum gd_status save_changes(struct gd_h5_journal *journal, struct gd_h5 *file, struct gd_error *error)
{
    const struct record place = {0};
    struct gd_text bytes = {0};
    enum gd_status status = GD_OK;
    if (journal->file < 0 && begin(journal, &bytes) != GD_OK)
        status = failed(journal, error);
    const size_t at = bytes.length;
    gd_text_add(&bytes, (const char *)&place, sizeof place);
    gd_h5_add_changes(&journal->trace, file, &bytes);
    if (!status && bytes.failed)
        status = gd_no_memory(error, journal->path);
    if (!status) {
        fill_record(journal, &bytes, at);
        status = append(journal, &bytes, error);
    }
    free(bytes.data);
    return status;
}

static enum gd_status save_whole(struct gd_h5_journal *journal, struct gd_h5 *file, struct gd_error *error)
{
    struct stat facts;
    char *digest;
    enum gd_status status = gd_h5_save(file, journal->file_path, error);
    if (!status)
        status = gd_h5_load_text_attribute(file, ".", GD_H5_DIGEST, &digest, error);
    if (status)
        return status;
    free(journal->digest);
    journal->digest = digest;
    close_file(journal);
    unlink(journal->path); /* out of date in any case */
    if (stat(journal->file_path, &facts) != 0)
        return gd_fail(error, GD_FAILED, "cannot read %s: %s", journal->file_path, strerror(errno));
    journal->device = facts.st_dev;
    journal->number = facts.st_ino;
    journal->most = facts.st_size * most_files > least_most ? facts.st_size * most_files : least_most;
    return GD_OK;
}

enum gd_status gd_h5_journal_save(struct gd_h5_journal *journal, struct gd_h5 *file, bool whole, struct gd_error *error)
{
    whole = whole || !journal->trace.seen || journal->length > journal->most || !in_place(journal);
    enum gd_status status = gd_h5_compare(&journal->trace, file, error);
    if (!status)
        status = whole ? save_whole(journal, file, error) : save_changes(journal, file, error);
    if (status)
        gd_h5_forget(&journal->trace); /* which is not that of what was saved */
    return status;
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

/* A journal that is read. */
struct reading {
    int file;
    off_t size, at;
    int failure; /* the errno of a read that failed; nothing is known then of what follows */
    unsigned char sum[GD_H5_SUM_SIZE];
};

/* Whether so many bytes follow and can be read. */
static bool get(struct reading *reading, void *to, size_t count)
{
    char *at = to;
    if (count > (size_t)(reading->size - reading->at))
        return false;
    while (count > 0) {
        const ssize_t got = pread(reading->file, at, count, reading->at);
        if (got < 0 && errno != EINTR)
            reading->failure = errno;
        if (got == 0 || reading->failure)
            return false;
        if (got > 0) {
            at += got;
            count -= (size_t)got;
            reading->at += got;
        }
    }
    return true;
}

/* The next record, new; NULL: there is none that is whole, or no memory, which *status says. */
static char *get_record(struct reading *reading, struct record *record, enum gd_status *status)
{
    unsigned char sum[GD_H5_SUM_SIZE];
    if (!get(reading, record, sizeof *record) || record->length > (uint64_t)(reading->size - reading->at))
        return NULL;
    char *changes = malloc(record->length ? record->length : 1);
    if (!changes) {
        *status = GD_NO_MEMORY;
        return NULL;
    }
    if (get(reading, changes, record->length)) {
        add_up(reading->sum, changes, record->length, sum);
        memcpy(reading->sum, sum, sizeof sum);
        if (memcmp(sum, record->sum, sizeof sum) == 0)
            return changes;
    }
    free(changes);
    return NULL;
}

/* How a journal ends whose last whole record has been read: a record that was being written has not all of its bytes.
 */
static enum gd_journal_end find_end(struct reading reading)
{
    struct record record;
    if (reading.at == reading.size)
        return GD_JOURNAL_WHOLE;
    const bool begun = get(&reading, &record, sizeof record);
    return begun && record.length <= (uint64_t)(reading.size - reading.at) ? GD_JOURNAL_DAMAGED : GD_JOURNAL_CUT;
}

/* Applies all whole records. The file keeps the digest, which shows that it has been checked. */
static enum gd_status apply_all(struct reading *reading, struct gd_h5 **file, enum gd_journal_end *end,
                                struct gd_error *error)
{
    struct record record;
    char *changes, *digest = NULL;
    enum gd_status status = gd_h5_load_text_attribute(*file, ".", GD_H5_DIGEST, &digest, error);
    struct reading last = *reading;
    while (!status && (changes = get_record(reading, &record, &status))) {
        status = gd_h5_apply(file, changes, record.length, error);
        last = *reading;
        free(changes);
    }
    *end = find_end(last);
    if (!status && !gd_h5_has_attribute(*file, ".", GD_H5_DIGEST))
        status = gd_h5_write_text_attribute(*file, ".", GD_H5_DIGEST, digest, error);
    free(digest);
    return status;
}

/* A journal whose head names another file is out of date, if its first record says so too or was never finished; else
 * the name is damaged. */
static enum gd_journal_end find_other_end(struct reading reading, enum gd_status *status)
{
    struct record record;
    const struct reading begin = reading;
    char *changes = get_record(&reading, &record, status);
    const bool right = changes != NULL;
    free(changes);
    return right || find_end(begin) != GD_JOURNAL_DAMAGED ? GD_JOURNAL_WHOLE : GD_JOURNAL_DAMAGED;
}

/* Whether the journal begins as one of this file; if not, *end says what it is. */
static bool continues(struct reading *reading, struct gd_h5 *file, enum gd_journal_end *end, enum gd_status *status)
{
    struct head head = {0};
    const size_t length = reading->size < (off_t)sizeof head ? (size_t)reading->size : sizeof head;
    const size_t known = length < sizeof magic ? length : sizeof magic;
    const struct gd_h5 *digest = gd_h5_find(file, ".", GD_H5_DIGEST);
    if (!digest || digest->size != sizeof head.digest || length == 0 || !get(reading, &head, length))
        return false;
    *end = memcmp(head.magic, magic, known) == 0 ? GD_JOURNAL_CUT : GD_JOURNAL_DAMAGED;
    if (*end == GD_JOURNAL_DAMAGED || length < sizeof head)
        return false;
    add_up_head(&head, reading->sum);
    if (memcmp(head.digest, digest->bytes, sizeof head.digest) == 0)
        return true;
    *end = find_other_end(*reading, status);
    return false;
}

static enum gd_status read_journal(const char *path, struct gd_h5 **file, enum gd_journal_end *end,
                                   struct gd_error *error)
{
    struct stat facts;
    struct reading reading = {.file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    enum gd_status status = GD_OK;
    if (reading.file < 0)
        return errno == ENOENT ? GD_OK : gd_fail(error, GD_BAD_INPUT, "cannot read %s: %s", path, strerror(errno));
    if (fstat(reading.file, &facts) != 0 || !S_ISREG(facts.st_mode))
        status = gd_fail(error, GD_BAD_INPUT, "cannot read %s: not a regular file", path);
    reading.size = facts.st_size;
    if (!status && continues(&reading, *file, end, &status))
        status = apply_all(&reading, file, end, error);
    if (!status && reading.failure)
        status = gd_fail(error, GD_FAILED, "cannot read %s: %s", path, strerror(reading.failure));
    close(reading.file);
    return status == GD_NO_MEMORY ? gd_no_memory(error, path) : status;
}

enum gd_status gd_h5_journal_open(const char *path, struct gd_h5 **file, enum gd_journal_end *end,
                                  struct gd_error *error)
{
    enum gd_journal_end found = GD_JOURNAL_WHOLE;
    char *journal = gd_format("%s.journal", path);
    *file = NULL;
    enum gd_status status = journal ? gd_h5_open(path, file, error) : gd_no_memory(error, path);
    if (!status)
        status = read_journal(journal, file, &found, error);
    if (end)
        *end = found;
    if (status) {
        gd_h5_close(*file);
        *file = NULL;
    }
    free(journal);
    return status;
}
