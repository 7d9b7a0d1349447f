#include "load.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 512 };

/* schedstat counts nanoseconds on the processor; stat would count ticks of 10 ms. */
static double seconds_of(int pid, const char *tid)
{
    char path[PATH_BYTES];
    long long ns = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", pid, tid);
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    if (fscanf(f, "%lld", &ns) != 1)
        ns = 0;
    (void)fclose(f);
    return (double)ns * 1e-9;
}

static long resident(int pid)
{
    char path[PATH_BYTES];
    long pages = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/statm", pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    if (fscanf(f, "%*d %ld", &pages) != 1)
        pages = 0;
    (void)fclose(f);
    return pages * 4096;
}

void cpu_write(struct buf *to, int pid)
{
    char path[PATH_BYTES];
    bool comma = false;
    (void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    const struct dirent *e = NULL;
    buf_printf(to, "{\"rss\":%ld,\"threads\":[", resident(pid));
    while (tasks && (e = readdir(tasks))) {
        if (e->d_name[0] == '.')
            continue;
        buf_printf(to, "%s[%s,%.6f]", comma ? "," : "", e->d_name, seconds_of(pid, e->d_name));
        comma = true;
    }
    if (tasks)
        (void)closedir(tasks);
    buf_printf(to, "]}");
}
