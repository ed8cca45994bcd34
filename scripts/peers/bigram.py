"""A language model of bigrams for transformers' generate."""
import numpy as np
import torch
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput


class Bigram(PreTrainedModel, GenerationMixin):
    """Logits after token i are table[i]; the prompt is one token more, whose row is
    start."""

    config_class = PretrainedConfig

    @classmethod
    def of(cls, table, start):
        m = cls(PretrainedConfig(vocab_size=len(start), is_decoder=True))
        m.logits = torch.nn.Parameter(torch.from_numpy(np.vstack([table, start])))
        m.generation_config.use_cache = False
        return m

    def forward(self, input_ids, **_):
        return CausalLMOutput(logits=self.logits[input_ids])

    def beams(self, k, max_len, alpha, eos):
        prompt, pad = torch.tensor([[self.config.vocab_size]]), self.config.vocab_size
        found = self.generate(
            prompt, attention_mask=torch.ones_like(prompt), num_beams=k, num_return_sequences=k, max_new_tokens=max_len, do_sample=False,
            length_penalty=alpha, early_stopping="never", eos_token_id=eos, pad_token_id=pad, return_dict_in_generate=True, output_scores=True)
        tokens = found.sequences[:, 1:].numpy()
        return found, np.where(tokens == pad, -1, tokens)

    def search(self, k, max_len, alpha, eos):
        """Scores, tokens padded with -1, lengths."""
        found, tokens = self.beams(k, max_len, alpha, eos)
        tokens = np.pad(tokens, ((0, 0), (0, max_len - tokens.shape[1])), constant_values=-1)
        return found.sequences_scores, tokens, (tokens >= 0).sum(axis=1)

    def transitions(self, k, max_len, alpha, eos):
        """Log-probabilities of the tokens, lengths, scores."""
        found, tokens = self.beams(k, max_len, alpha, eos)
        lp = self.compute_transition_scores(found.sequences, found.scores, found.beam_indices)
        return lp.detach().numpy(), (tokens >= 0).sum(axis=1), found.sequences_scores
