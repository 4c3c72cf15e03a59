-- Opens model.py in Neovim with lintlight's server, makes the fix that it offers, and waits until nothing is reported.
local function fail(text)
  io.stderr:write(text .. "\n")
  vim.cmd("cquit 1")
end

local client = vim.lsp.start_client({ name = "lintlight", cmd = { os.getenv("LINTLIGHT"), "server" }, root_dir = vim.fn.getcwd() })
vim.cmd("edit model.py")
vim.lsp.buf_attach_client(0, client)
local found = {}
local told = vim.wait(30000, function()
  found = vim.diagnostic.get(0)
  return #found > 0
end, 50)
if not told then fail("no diagnostics") end
print(found[1].source .. ": " .. found[1].code .. " in line " .. (found[1].lnum + 1) .. "\n")

local there = { line = found[1].lnum, character = found[1].col }
local asked = {
  textDocument = vim.lsp.util.make_text_document_params(),
  range = { start = there, ["end"] = there },
  context = { diagnostics = {} },
}
local answers = vim.lsp.buf_request_sync(0, "textDocument/codeAction", asked, 10000)
local actions = answers and answers[client] and answers[client].result or {}
if #actions < 2 then fail("no code actions") end
print(actions[1].title .. "\n")
vim.lsp.util.apply_workspace_edit(actions[1].edit, "utf-16")
local repaired = vim.wait(30000, function() return #vim.diagnostic.get(0) == 0 end, 50)
if not repaired then fail("still reported after the fix") end
print(vim.api.nvim_buf_get_lines(0, there.line, there.line + 1, false)[1] .. "\n")
vim.lsp.stop_client(client)
vim.cmd("qall!")
