/* All that a stage of one's own needs: descriptors, parameters, slots, random streams and errors of the engine, and the
 * values of the slots. A program or plugin that uses it is built with find_package(godiff) or pkg-config godiff, in
 * C11, C++20 or later. */
#ifndef GODIFF_STAGE_H
#define GODIFF_STAGE_H

#ifdef __cplusplus
extern "C" {
#endif

#include "engine/base/memory.h"
#include "engine/language/pipeline.h"
#include "engine/language/plugin.h"
#include "engine/language/registry.h"
#include "engine/run/context.h"
#include "engine/run/run.h"

#include "atoms/coincidence.h"
#include "atoms/neighbours.h"
#include "atoms/structure.h"
#include "atoms/system.h"
#include "model/model.h"
#include "model/network.h"
#include "model/network_class.h"
#include "model/painn/painn.h"
#include "model/process.h"
#include "model/sampler.h"
#include "potentials/optimiser.h"
#include "potentials/potential.h"
#include "potentials/relax.h"

#include "stages/crossover.h"
#include "stages/curve.h"
#include "stages/fingerprint.h"
#include "stages/selection.h"
#include "stages/slots.h"
#include "stages/stages.h"
#include "stages/target.h"

#ifdef __cplusplus
}
#endif

#endif
