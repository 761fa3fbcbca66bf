// dill-explorer without a window: the findings as text, JSON and a picture.
#pragma once

#include "app/options.h"

namespace dill::gui {

// Runs the script or opens the file that `options` names, prints the text report to standard output and writes each of
// options.reports in the form that its suffix says: .txt, .json, .svg (drawn by Graphviz's dot, a child process that is
// killed after half a minute). Without options.reports it writes one of each, called <input>.report.<suffix>, to the
// folder "report" beside the program's own when both it and the current folder are in dill's source tree (build/report),
// else to the current folder. What the script prints is passed on.
//
// Needs a QCoreApplication and no event loop: it runs its own. Never opens a window. SIGINT, SIGTERM and SIGHUP end the
// script and everything it started.
//
// Returns the exit status: 0 everything is picklable (or a file was read completely and nothing suspicious found); 1 there
// are problems, or suspicious or dangerous findings; 2 the
// script failed, something could not be examined or a report could not be written (what could be done is done all the
// same); 128 + n when signal n came.
int runHeadless(const Options& options);

}  // namespace dill::gui
