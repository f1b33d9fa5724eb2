#pragma once

/// What a program that embeds a node needs, without CAF and quick to compile. Beside it, for those who use them:
/// runtime/actor_task.hpp and runtime/node_handles.hpp (actors of your own, with CAF), runtime/isolated_task.hpp (tasks in processes
/// of their own), runner/runner.hpp (a runner of your own), trigger/custom.hpp (a trigger of your own), store/key_value.hpp (a store
/// of your own), runtime/simulation.hpp (virtual time), testing/ (the test world).
#include "carillon/model/convert.hpp"
#include "carillon/runtime/node.hpp"
#include "carillon/trigger/describe.hpp"
#include "carillon/trigger/trigger_text.hpp"
