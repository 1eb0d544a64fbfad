# What `cmake --install` lays down: the program, one library of all folders, the headers, and the ways to find them
# (find_package(godiff) and pkg-config godiff).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(folders engine atoms potentials model stages lua)
set(libraries base language run atoms potentials model stages lua)
list(TRANSFORM libraries PREPEND godiff_)
if(TARGET godiff_cuda)
  list(APPEND libraries godiff_cuda)
endif()
list(TRANSFORM libraries REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)

# Headers say "engine/base/error.h" to each other and <godiff/stage.h> to plugins: both folders are on the path.
set(header_folders ${CMAKE_INSTALL_INCLUDEDIR} ${CMAKE_INSTALL_INCLUDEDIR}/godiff)

# All objects of the folders; the folders' libraries are linked for what they stand on.
add_library(godiff_shared SHARED ${objects})
set_target_properties(godiff_shared PROPERTIES
  OUTPUT_NAME godiff EXPORT_NAME godiff
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR} VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_link_libraries(godiff_shared PRIVATE ${libraries})
target_include_directories(godiff_shared INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
godiff_flags(godiff_shared)

install(TARGETS godiff_shared EXPORT godiff INCLUDES DESTINATION ${header_folders})
install(DIRECTORY include/godiff DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
foreach(folder ${folders})
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/godiff FILES_MATCHING PATTERN "*.h" PATTERN "*_priv.h" EXCLUDE)
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/godiff)
configure_package_config_file(cmake/godiffConfig.cmake.in godiffConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(godiffConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT godiff NAMESPACE godiff:: FILE godiffTargets.cmake DESTINATION ${package_folder})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/godiffConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/godiffConfigVersion.cmake
        DESTINATION ${package_folder})

configure_file(cmake/godiff.pc.in godiff.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/godiff.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
