#include "unit/suites.h"

Suite *suite_chain(void);
Suite *suite_chain_read(void);
Suite *suite_chain_resume(void);
Suite *suite_contract(void);
Suite *suite_failing(void);
Suite *suite_files(void);
Suite *suite_h5(void);
Suite *suite_h5_child(void);
Suite *suite_h5_journal(void);
Suite *suite_memory(void);
Suite *suite_numbers(void);
Suite *suite_overrides(void);
Suite *suite_pace(void);
Suite *suite_params(void);
Suite *suite_pipeline(void);
Suite *suite_random(void);
Suite *suite_registry(void);
Suite *suite_tree(void);
Suite *suite_run(void);
Suite *suite_run_directory(void);
Suite *suite_run_failures(void);
Suite *suite_run_resume(void);
Suite *suite_state(void);
Suite *suite_store(void);
Suite *suite_team(void);
Suite *suite_text(void);

Suite *(*const gd_suites[])(void) = {
    suite_chain,         suite_chain_read,   suite_chain_resume,
    suite_contract,      suite_failing,      suite_h5,
    suite_h5_child,      suite_h5_journal,   suite_memory,
    suite_numbers,       suite_overrides,    suite_pace,
    suite_params,        suite_pipeline,     suite_random,
    suite_registry,      suite_tree,         suite_run,
    suite_run_directory, suite_run_failures, suite_run_resume,
    suite_state,         suite_store,        suite_team,
    suite_files,         suite_text,         NULL,
};
