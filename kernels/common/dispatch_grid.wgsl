// Rows and elements from a thread's or a workgroup's id: the inverse of dispatch_grid.ts.

// rowGrid, with the workgroup's id.
fn workgroup_index(group: vec3u) -> u32 { return group.x + group.y * ROWS_PER_DIMENSION; }

// columnRowGrid, with the thread's id in workgroups one row high.
fn row_index(id: vec3u) -> u32 { return id.y + id.z * ROWS_PER_DIMENSION; }

// columnRowGrid, with the thread's id in workgroups of several rows.
fn tiled_row_index(id: vec3u, workgroup_rows: u32) -> u32 { return id.y + id.z * ROWS_PER_DIMENSION * workgroup_rows; }

// elementGrid, with the thread's id.
fn element_index(id: vec3u) -> u32 { return id.x + row_index(id) * 65536u; }
