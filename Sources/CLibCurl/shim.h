#ifndef ORCHESTRATOR_CLIBCURL_SHIM_H
#define ORCHESTRATOR_CLIBCURL_SHIM_H

#include <curl/curl.h>

#endif
