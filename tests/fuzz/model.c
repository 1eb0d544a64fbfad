/* The reader of model files, on an HDF5 file that lies in memory. */
#include <hdf5.h>

#include "fuzz/fuzz.h"
#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    H5Eset_auto(H5E_DEFAULT, NULL, NULL);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 1 << 16, 0);
    H5Pset_file_image(access, (void *)(uintptr_t)data, size);
    hid_t file = size ? H5Fopen("fuzz.h5", H5F_ACC_RDONLY, access) : H5I_INVALID_HID;
    if (file >= 0) {
        void *model = NULL;
        gd_model_load(&model, file, "parameters", NULL);
        gd_model_free(model);
        H5Fclose(file);
    }
    H5Pclose(access);
    return 0;
}
