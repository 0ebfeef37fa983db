/* Makes every fsync take longer by TEAMTACTICS_FSYNC_US: a sleeping hard disk, a virus scanner, a network folder. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_longer(void)
{
    const char *text = getenv("TEAMTACTICS_FSYNC_US");
    long us = text == NULL ? 0 : atol(text);
    struct timespec left = {us / 1000000, (us % 1000000) * 1000L};
    nanosleep(&left, NULL);
}

int fsync(int file)
{
    static int (*real)(int);
    if (real == NULL)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_longer();
    return real(file);
}

int fdatasync(int file)
{
    static int (*real)(int);
    if (real == NULL)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_longer();
    return real(file);
}
