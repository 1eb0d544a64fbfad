# What `cmake --install` lays down: the program, one library of all folders, the headers, and the ways to find them
# (find_package(godiff) and pkg-config godiff).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(libraries base language run atoms potentials model stages lua statistics sweep report)
list(TRANSFORM libraries PREPEND godiff_)
if(TARGET godiff_cuda)
  list(APPEND libraries godiff_cuda)
endif()
list(TRANSFORM libraries REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)

# The headers that <godiff/stage.h> needs, and no others: what a plugin can use.
set(public_headers
  atoms/ball.h atoms/cell.h atoms/coincidence.h atoms/neighbours.h atoms/region.h atoms/structure.h atoms/system.h engine/base/error.h
  engine/base/memory.h engine/base/random.h engine/language/params.h engine/language/pipeline.h
  engine/language/plugin.h engine/language/registry.h engine/language/slot.h engine/language/stage.h
  engine/language/tree.h engine/run/context.h engine/run/events.h engine/run/function.h engine/run/run.h
  engine/run/state.h model/backend.h model/graph.h model/guidance.h model/head.h model/layers.h model/model.h model/network.h
  model/network_class.h model/operations.h model/painn/painn.h model/pairs.h model/prediction.h model/process.h model/sampler.h model/stride.h model/time_net.h
  potentials/optimiser.h potentials/potential.h potentials/relax.h stages/crossover.h stages/curve.h stages/fingerprint.h
  stages/selection.h stages/slots.h stages/stages.h stages/target.h)

# Headers say "engine/base/error.h" to each other and <godiff/stage.h> to plugins: both folders are on the path.
set(header_folders ${CMAKE_INSTALL_INCLUDEDIR} ${CMAKE_INSTALL_INCLUDEDIR}/godiff)

# All objects of the folders; the folders' libraries are linked for the libraries that they need.
add_library(godiff_shared SHARED ${objects})
set_target_properties(godiff_shared PROPERTIES
  OUTPUT_NAME godiff EXPORT_NAME godiff
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR} VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_link_libraries(godiff_shared PRIVATE ${libraries})
set(exports ${PROJECT_SOURCE_DIR}/cmake/libgodiff.map)
target_link_options(godiff_shared PRIVATE LINKER:--version-script=${exports})
set_property(TARGET godiff_shared PROPERTY LINK_DEPENDS ${exports})
target_include_directories(godiff_shared INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
godiff_flags(godiff_shared)

install(TARGETS godiff_shared EXPORT godiff INCLUDES DESTINATION ${header_folders})
install(DIRECTORY include/godiff DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
foreach(header ${public_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/godiff/${folder})
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/godiff)
configure_package_config_file(cmake/godiffConfig.cmake.in godiffConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(godiffConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT godiff NAMESPACE godiff:: FILE godiffTargets.cmake DESTINATION ${package_folder})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/godiffConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/godiffConfigVersion.cmake
        DESTINATION ${package_folder})

configure_file(cmake/godiff.pc.in godiff.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/godiff.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES atoms/ase_convert.py potentials/external/ase_worker.py DESTINATION ${CMAKE_INSTALL_DATADIR}/godiff)
if(TARGET godiff_kim)
  install(TARGETS godiff_kim LIBRARY DESTINATION lib/godiff)
endif()
install(FILES LICENSE README.md CHANGELOG.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY docs pipelines examples DESTINATION ${CMAKE_INSTALL_DOCDIR} USE_SOURCE_PERMISSIONS OPTIONAL)
