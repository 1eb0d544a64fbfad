#ifndef GD_ENGINE_HOST_H
#define GD_ENGINE_HOST_H

/* The name of this machine, cut where it is longer. Returns the buffer. */
enum { GD_HOST_SIZE = 256 };
const char *gd_host_name(char host[GD_HOST_SIZE]);

#endif
