# Installs the build into a fresh prefix, then configures, builds and runs `consumer/` against it.

function(must_run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status EQUAL 0)
        list(JOIN ARGN " " command)
        message(FATAL_ERROR "${command}\nexit ${status}\n${output}")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${work_dir}")
must_run(${CMAKE_COMMAND} --install ${build_dir} --prefix ${work_dir}/prefix)
must_run(${CMAKE_COMMAND} -S ${consumer_dir} -B ${work_dir}/build -G ${generator}
    -D CMAKE_PREFIX_PATH=${work_dir}/prefix -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_CXX_FLAGS=${flags})
must_run(${CMAKE_COMMAND} --build ${work_dir}/build)
must_run(${work_dir}/build/consumer)
if(NOT output STREQUAL "1m30s\n")
    message(FATAL_ERROR "the consumer printed: ${output}")
endif()
must_run(${work_dir}/prefix/bin/wavetank version)
file(REMOVE_RECURSE "${work_dir}")
