#ifndef GD_ENGINE_HOST_H
#define GD_ENGINE_HOST_H

/* The name of this machine, cut where it is longer. Returns the buffer. */
enum { GD_HOST_SIZE = 256 };
const char *gd_host_name(char host[GD_HOST_SIZE]);

/* What its processor is called, or its kind where it has no name; cut where it is longer. Returns the buffer. */
enum { GD_PROCESSOR_SIZE = 128 };
const char *gd_processor_name(char name[GD_PROCESSOR_SIZE]);

#endif
