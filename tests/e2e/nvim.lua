-- Neovim 0.7 or newer as an independent client: diagnostic, code action, edit, diagnostic gone.
-- Started with T_FILE, T_PYTHON; prints OK.
local function run()
  vim.cmd("filetype on")
  vim.cmd("edit " .. vim.fn.fnameescape(vim.env.T_FILE))
  local buffer = vim.api.nvim_get_current_buf()
  local root = vim.fn.fnamemodify(vim.env.T_FILE, ":h:h")
  local id = vim.lsp.start_client({
    name = "sleepy",
    cmd = { vim.env.T_PYTHON, "-m", "sleepy_server", "lsp" },
    root_dir = root,
    init_options = { settings = { engine = { name = "none" } } },
  })
  assert(id, "the server did not start")
  vim.lsp.buf_attach_client(buffer, id)
  local function diagnostics()
    return vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR })
  end
  assert(vim.wait(60000, function() return #diagnostics() > 0 end, 50), "no diagnostic")
  local client = vim.lsp.get_client_by_id(id)
  local found
  assert(vim.wait(60000, function()
    local d = diagnostics()[1]
    if not d then return false end
    local range = { start = { line = d.lnum, character = d.col }, ["end"] = { line = d.end_lnum, character = d.end_col } }
    local given = { range = range, message = d.message, severity = 1, code = d.code or (d.user_data and d.user_data.lsp and d.user_data.lsp.code) }
    local answer = vim.lsp.buf_request_sync(buffer, "textDocument/codeAction", {
      textDocument = vim.lsp.util.make_text_document_params(buffer),
      range = range,
      context = { diagnostics = { given }, only = { "quickfix" } },
    }, 5000)
    for _, action in ipairs((answer and answer[id] and answer[id].result) or {}) do
      if action.isPreferred then found = action end
    end
    return found ~= nil
  end, 200), "no fix")
  io.stdout:write(found.title .. "\n")
  vim.lsp.util.apply_workspace_edit(found.edit, client.offset_encoding)
  assert(vim.wait(60000, function() return #diagnostics() == 0 end, 50), "the diagnostic stayed")
  vim.cmd("write")
  client.stop()
  assert(vim.wait(10000, function() return client.is_stopped() end, 50), "the server did not stop")
end
local ok, problem = xpcall(run, debug.traceback)
if not ok then
  io.stderr:write("FAIL " .. tostring(problem) .. "\n")
  vim.cmd("cquit 1")
end
io.stdout:write("OK\n")
vim.cmd("qall!")
