# hearth_embed_files(TARGET NAMESPACE FILE…): puts the files' bytes into the program. TARGET gets a
# generated source and, for its own sources alone, the header "embedded/NAME.h", NAME being the last
# part of NAMESPACE ("hearth::serve::web" → "embedded/web.h"):
#
#     namespace NAMESPACE {
#     struct File { std::string_view name, bytes; };   // name without folders
#     std::span<const File> files();                   // sorted by name
#     const File* find(std::string_view name);         // null if there is none
#     }
#
# A file that changes is embedded anew by the next build; a new file has to be named.
function(hearth_embed_files target namespace)
    string(REGEX REPLACE ".*::" "" name ${namespace})
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded)
    set(files)
    foreach(file ${ARGN})
        get_filename_component(file ${file} ABSOLUTE)
        list(APPEND files ${file})
    endforeach()
    set(script ${CMAKE_SOURCE_DIR}/cmake/EmbedFilesScript.cmake)
    string(REPLACE ";" "|" joined "${files}")
    add_custom_command(
        OUTPUT ${folder}/${name}.cpp ${folder}/embedded/${name}.h
        COMMAND ${CMAKE_COMMAND} -D NAMESPACE=${namespace} -D NAME=${name} -D FOLDER=${folder}
            -D "FILES=${joined}" -P ${script}
        DEPENDS ${files} ${script}
        COMMENT "Embedding ${name}"
        VERBATIM)
    target_sources(${target} PRIVATE ${folder}/${name}.cpp ${folder}/embedded/${name}.h)
    target_include_directories(${target} PRIVATE ${folder})
endfunction()
