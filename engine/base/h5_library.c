/* Failures and types of libhdf5. */
#include "engine/base/h5_library_priv.h"

bool gd_h5_out_of_memory;

static herr_t note(unsigned level, const H5E_error2_t *entry, void *context)
{
    (void)level, (void)context;
    gd_h5_out_of_memory |= entry->min_num == H5E_NOSPACE || entry->min_num == H5E_CANTALLOC;
    return 0;
}

/* HDF5 calls this after every failure, instead of printing. */
static herr_t note_failure(hid_t stack, void *context)
{
    return H5Ewalk2(stack, H5E_WALK_UPWARD, note, context);
}

void gd_h5_watch_failures(void)
{
    H5Eset_auto2(H5E_DEFAULT, note_failure, NULL);
}

enum gd_status gd_h5_failure(enum gd_status status)
{
    return gd_h5_out_of_memory ? GD_NO_MEMORY : status;
}

static hid_t bool_type(void)
{
    int8_t no = 0, yes = 1;
    hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    return type;
}

hid_t gd_h5_element_type(enum gd_h5_type type, bool stored)
{
    switch (type) {
    case GD_H5_DOUBLE:
        return H5Tcopy(stored ? H5T_IEEE_F64LE : H5T_NATIVE_DOUBLE);
    case GD_H5_FLOAT:
        return H5Tcopy(stored ? H5T_IEEE_F32LE : H5T_NATIVE_FLOAT);
    case GD_H5_INT32:
        return H5Tcopy(stored ? H5T_STD_I32LE : H5T_NATIVE_INT32);
    case GD_H5_INT64:
        return H5Tcopy(stored ? H5T_STD_I64LE : H5T_NATIVE_INT64);
    case GD_H5_BOOL:
        return bool_type();
    }
    return H5I_INVALID_HID;
}

hid_t gd_h5_text_type(size_t size, H5T_cset_t set)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_cset(type, set);
    return type;
}
